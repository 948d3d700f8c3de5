//! A real PostgreSQL answers.

use rechain_testing::postgres;
use serde_json::json;

#[test]
fn every_database_is_a_new_one() {
    let server = postgres::server();
    let (first, second) = (server.create_database(), server.create_database());
    assert_ne!(first, second);
    server.query(&first, "CREATE TABLE t (i int)");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(server.query(&first, tables), [[json!(1)]]);
    assert_eq!(server.query(&second, tables), [[json!(0)]]);
}

#[test]
#[should_panic(expected = "UndefinedTable")]
fn an_error_of_the_database_is_told() {
    let server = postgres::server();
    let url = server.create_database();
    server.query(&url, "SELECT * FROM missing");
}
