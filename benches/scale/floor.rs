//! The floor: what the same bytes and rows cost at the least on this machine, without any of our engine.
//!
//! Reading the configuration once with our lexer, sealing the same rows and inserting them with one prepared statement,
//! reading and opening them again.

use std::time::Instant;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rusqlite::Connection;
use trunkline::lang::lexer::{Start, lex};

/// Seconds of each part.
pub struct Floor {
    /// Splitting the text into tokens.
    pub lex: f64,
    /// Sealing rows and inserting them in one transaction.
    pub insert: f64,
    /// Reading rows and opening them.
    pub read: f64,
}

fn nonce(i: usize) -> Nonce {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&(i as u64).to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Measures the floor of a configuration with `n` instances. One thread, so wall seconds are CPU seconds.
pub fn floor(text: &str, n: usize) -> Floor {
    let began = Instant::now();
    let tokens = std::hint::black_box(lex(text, Start::Normal)).len();
    let lex = began.elapsed().as_secs_f64();
    assert!(tokens > 0);

    let dir = tempfile::tempdir().expect("a folder can be made");
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("the key has 32 bytes");
    let key = LessSafeKey::new(key);
    let mut connection = Connection::open(dir.path().join("floor.db")).expect("a database opens");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE rows (address TEXT PRIMARY KEY, sealed BLOB) WITHOUT ROWID;",
        )
        .expect("a table can be made");
    let row = |i: usize| {
        format!(
            "{{\"attributes\":{{\"id\":\"00000000-0000-4000-8000-{i:012}\",\"input\":{{\"value\":{i},\"type\":\"number\"}},\"output\":{{\"value\":{i},\"type\":\"number\"}},\"triggers_replace\":null}},\"sensitive\":[]}}"
        )
    };
    let began = Instant::now();
    let transaction = connection.transaction().expect("a transaction begins");
    {
        let mut insert = transaction
            .prepare("INSERT INTO rows VALUES (?1, ?2)")
            .expect("the statement is sound");
        for i in 0..n {
            let mut bytes = row(i).into_bytes();
            let tag = key
                .seal_in_place_separate_tag(nonce(i), Aad::empty(), &mut bytes)
                .expect("a row can be sealed");
            bytes.extend_from_slice(tag.as_ref());
            insert
                .execute((format!("terraform_data.r{i}"), bytes))
                .expect("a row can be inserted");
        }
    }
    transaction.commit().expect("a transaction commits");
    let insert = began.elapsed().as_secs_f64();

    let began = Instant::now();
    let mut select = connection
        .prepare("SELECT address, sealed FROM rows")
        .expect("the statement is sound");
    let mut rows = select.query([]).expect("rows can be read");
    let mut opened = 0;
    while let Some(found) = rows.next().expect("rows can be read") {
        let address: String = found.get(0).expect("an address is a text");
        let mut bytes: Vec<u8> = found.get(1).expect("a row is bytes");
        let i: usize = address["terraform_data.r".len()..]
            .parse()
            .expect("the address ends with a number");
        let plain = key
            .open_in_place(nonce(i), Aad::empty(), &mut bytes)
            .expect("a row can be opened");
        opened += plain.len();
    }
    assert!(opened > n);
    Floor {
        lex,
        insert,
        read: began.elapsed().as_secs_f64(),
    }
}
