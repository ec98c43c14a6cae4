//! Encryption: a server in front of the real one that speaks TLS as Postgres does, with
//! certificates that are right, of somebody else, or for another name.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_postgres::{OpenOptions, PostgresStore};
use annals_runtime::ports::EventStore;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::common::{command, fresh_url, server, take};

/// An authority, and its certificate as a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}.pem", std::process::id()));
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    fn server(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A port that answers the request for encryption and then speaks for the real server; `None`: it
/// has none to offer.
async fn in_front(tls: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let real = server();
    let real = real.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (tls, real) = (tls.clone(), real.clone());
            tokio::spawn(async move {
                let mut request = [0; 8];
                client.read_exact(&mut request).await?;
                let Some(tls) = tls else { return client.write_all(b"N").await };
                client.write_all(b"S").await?;
                let mut client = tls.accept(client).await?;
                let mut server = TcpStream::connect(real).await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            });
        }
    });
    address
}

/// The URL of a fresh store, by that address and with that file of authorities.
fn url(address: SocketAddr, host: &str, roots: &Path) -> String {
    let (user, rest) = server().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let database = rest.split_once('/').unwrap().1;
    let schema = fresh_url().split_once('?').unwrap().1.to_owned();
    let (port, roots) = (address.port(), roots.display());
    format!("{user}@{host}:{port}/{database}?{schema}&sslmode=verify-full&sslrootcert={roots}")
}

async fn refused(url: &str) -> String {
    PostgresStore::open(url, OpenOptions::default()).await.expect_err("a refusal").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_believed_by_its_certificate_and_its_name_alone() {
    let (ours, others) = (Authority::new("ours"), Authority::new("others"));
    let right = in_front(Some(ours.server("localhost"))).await;
    let named = url(right, "localhost", &ours.file);
    let store = PostgresStore::open(&named, OpenOptions::default()).await.unwrap();
    take(&store, command("a", 1)).await;
    assert_eq!(store.head().await.unwrap().0, 1);

    let stranger = refused(&url(right, "localhost", &others.file)).await;
    assert!(stranger.contains("UnknownIssuer"), "{stranger}");
    let misnamed = in_front(Some(ours.server("db.example"))).await;
    let misnamed = refused(&url(misnamed, "localhost", &ours.file)).await;
    assert!(
        misnamed.contains("NotValidForName") || misnamed.contains("not valid for name"),
        "{misnamed}"
    );
    let plain = in_front(None).await;
    let plain = refused(&url(plain, "localhost", &ours.file)).await;
    assert!(plain.contains("TLS"), "{plain}");
    let no_file = refused(&url(right, "localhost", Path::new("/no/such.pem"))).await;
    assert!(no_file.contains("sslrootcert /no/such.pem"), "{no_file}");
}
