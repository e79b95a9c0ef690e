-- bears: 0100_accounts.sql
-- outside a transaction
-- Whether anybody signed in in a browser: whoever did has tries of her own, apart from those of her network.
-- step
drop index concurrently if exists known_devices_by_device;
-- step
create index concurrently known_devices_by_device on known_devices (device_sha256);
