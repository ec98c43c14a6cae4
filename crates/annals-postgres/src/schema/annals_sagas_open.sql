CREATE INDEX annals_sagas_open ON annals_sagas (saga, key) WHERE open;
