//! Whoever wishes us ill, or is just broken: a state file edited by hand, a server that answers about somebody
//! else's things, other users of the machine, and whoever reads what is left behind. Values and bytes at random are the
//! business of the property tests beside the code and of `fuzz/`.

mod foreign_answers;
mod full_disk;
mod secrets;
mod socket;
mod state_by_hand;
mod tampered_azure;
