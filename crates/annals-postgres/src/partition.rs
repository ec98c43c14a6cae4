//! In which partition Postgres keeps a stream, so that a read of one needn't ask all eight:
//! planning apart, the server locks and looks up every partition of a table that a statement names.
//! The hash is that of hash partitioning by a text in collation C, which dumps rest on and which
//! therefore stays (`hash_bytes_extended` in `hashfn.c` after Bob Jenkins' lookup3,
//! `hash_combine64` in `hashfn.h`, `HASH_PARTITION_SEED` in `partbounds.c`). A server that says
//! otherwise, such as one whose bytes are in another order, is read through the whole table: see
//! [`agrees`].

use annals_runtime::ports::StoreError;
use tokio_postgres::Client;

use crate::error::store_error;
use crate::url::Place;

/// Partitions of the log.
const PARTITIONS: u64 = 8;
const SEED: u64 = 0x7A5B_2236_7996_DCFD;

/// Ids whose place is asked of the server: of every length that the hash treats in its own way.
const PROBES: [&str; 5] =
    ["", "a", "order-7", "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41", "Größe, twelve or more"];

/// The number of the partition of a stream's id.
pub(crate) fn of(aggregate_id: &str) -> u64 {
    combine(0, hash(aggregate_id.as_bytes(), SEED)) % PARTITIONS
}

/// Whether the server keeps the probes where we say.
pub(crate) async fn agrees(client: &Client, place: &Place) -> Result<bool, StoreError> {
    are_there(client, place, &PROBES).await
}

async fn are_there(client: &Client, place: &Place, ids: &[&str]) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT bool_and(satisfies_hash_partition('\"{}\".event_store'::regclass, 8, n, id)) \
         FROM unnest($1::integer[], $2::text[]) p(n, id)",
        place.schema
    );
    let numbers: Vec<i32> = ids.iter().map(|id| of(id) as i32).collect();
    let row = client.query_one(&sql, &[&numbers, &ids]).await;
    row.map(|row| row.get(0)).map_err(|error| store_error(&error))
}

fn combine(a: u64, b: u64) -> u64 {
    let mixed = b.wrapping_add(0x49A0_F4DD_15E5_A8E3);
    a ^ mixed.wrapping_add(a << 54).wrapping_add(a >> 7)
}

fn hash(bytes: &[u8], seed: u64) -> u64 {
    let start = 0x9E37_79B9_u32.wrapping_add(bytes.len() as u32).wrapping_add(3_923_095);
    let mut state =
        [start.wrapping_add((seed >> 32) as u32), start.wrapping_add(seed as u32), start];
    mix(&mut state);
    let mut blocks = bytes.chunks_exact(12);
    for block in &mut blocks {
        add(&mut state, block);
        mix(&mut state);
    }
    let rest = blocks.remainder();
    add(&mut state, &rest[..rest.len().min(8)]);
    // The lowest byte of the last word is the length's.
    for (byte, shift) in rest.iter().skip(8).zip([8, 16, 24]) {
        state[2] = state[2].wrapping_add(u32::from(*byte) << shift);
    }
    finish(&mut state);
    (u64::from(state[1]) << 32) | u64::from(state[2])
}

fn add(state: &mut [u32; 3], bytes: &[u8]) {
    for (at, byte) in bytes.iter().enumerate() {
        state[at / 4] = state[at / 4].wrapping_add(u32::from(*byte) << (at % 4 * 8));
    }
}

fn mix([a, b, c]: &mut [u32; 3]) {
    let step = |x: &mut u32, y: &mut u32, z: u32, rotation: u32| {
        // x is mixed with y, and y grows by z.
        *x = x.wrapping_sub(*y) ^ y.rotate_left(rotation);
        *y = y.wrapping_add(z);
    };
    let z = *b;
    step(a, c, z, 4);
    let z = *c;
    step(b, a, z, 6);
    let z = *a;
    step(c, b, z, 8);
    let z = *b;
    step(a, c, z, 16);
    let z = *c;
    step(b, a, z, 19);
    let z = *a;
    step(c, b, z, 4);
}

fn finish([a, b, c]: &mut [u32; 3]) {
    let step = |x: &mut u32, y: u32, rotation: u32| {
        *x = (*x ^ y).wrapping_sub(y.rotate_left(rotation));
    };
    step(c, *b, 14);
    step(a, *c, 11);
    step(b, *a, 25);
    step(c, *b, 16);
    step(a, *c, 4);
    step(b, *a, 14);
    step(c, *b, 24);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_where_a_server_keeps_them() {
        // As `tests/store/restore.rs` finds them on a server.
        let ids = ["a", "b", "order-7", "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41", "Größe", "0"];
        assert_eq!(ids.map(of), [6, 6, 5, 1, 0, 1]);
    }

    #[cfg(feature = "on-services")]
    #[tokio::test(flavor = "multi_thread")]
    async fn ids_of_every_length_are_where_the_server_keeps_them() {
        use crate::session::{Role, Session};
        use crate::{OpenOptions, PostgresStore};

        let url = crate::query::plans::url("partition");
        let _store = PostgresStore::open(&url, OpenOptions::default()).await.unwrap();
        let place = Place::parse(&url).unwrap();
        let session = Session::connect(&place, Role::Owner).await.unwrap();
        let text = "ü7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41/Order größer als sonst, und länger noch";
        let ids: Vec<&str> = text.char_indices().map(|(end, _)| &text[..end]).collect();
        assert!(ids.len() > 60);
        assert!(are_there(&session.client, &place, &ids).await.unwrap());
        assert!(agrees(&session.client, &place).await.unwrap());
    }
}
