//! What a test does to these services by hand.

use super::super::Simulator;
use super::Engine;
use super::servers::FlexibleServer;

impl Simulator {
    /// What the server of the next restore says once its operation is over, one word for each read; the last stays.
    pub fn next_restored_server_says<E: Engine>(&self, words: &[&str]) {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        E::service_mut(&mut self.locked().services).next_words.push_back(words);
    }

    /// Whether servers are shown before they are made.
    pub fn servers_are_shown_while_they_are_made<E: Engine>(&self, they_are: bool) {
        E::service_mut(&mut self.locked().services).shows_what_it_makes = they_are;
    }

    /// Puts a server into the world, as somebody else would.
    pub fn add_flexible_server<E: Engine>(&self, server: FlexibleServer<E>) {
        self.change(|world| E::servers_mut(&mut world.parts).servers.push(server));
    }

    /// Changes a server, as somebody else would. `false`: it is not there.
    pub fn change_flexible_server<E: Engine>(&self, id: &str, change: impl FnOnce(&mut FlexibleServer<E>)) -> bool {
        self.change(|world| E::servers_mut(&mut world.parts).with_id_mut(id).map(change).is_some())
    }

    /// The state of the server with this ARM id, without a look at it; none: it is not there.
    pub fn flexible_server_state<E: Engine>(&self, id: &str) -> Option<String> {
        self.change(|world| E::servers(&world.parts).with_id(id).map(|own| own.state.clone()))
    }
}
