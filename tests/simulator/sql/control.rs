//! What a test does to this service by hand.

use super::super::Simulator;
use super::servers::SqlDatabase;

impl Simulator {
    /// What the database of the next restore says once its operation is over, one word for each read; the last stays.
    pub fn next_restored_database_says(&self, words: &[&str]) {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        self.locked().services.sql.next_words.push_back(words);
    }

    /// Whether operations on databases say that they can be cancelled.
    pub fn operations_can_be_cancelled(&self, they_can: bool) {
        self.locked().services.sql.cancellable = they_can;
    }

    /// Puts a database onto a server, as somebody else would.
    pub fn add_sql_database(&self, server_id: &str, database: SqlDatabase) {
        self.change(|world| {
            if let Some(server) = world.sql_server_with_id_mut(server_id) {
                server.databases.push(database);
            }
        });
    }

    /// The status of the database with this ARM id, without a look at it; none: it is not there.
    pub fn sql_database_status(&self, id: &str) -> Option<String> {
        self.change(|world| world.sql_database_mut(id).map(|own| own.status.clone()))
    }
}
