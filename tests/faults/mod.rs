//! Every phase of a restore under every fault that can be scripted, with the result stated cell by cell; and time: days,
//! tokens of a minute, clocks that jump, deadlines and interruptions in each phase. A new kind of restore joins by one
//! line in [`phases::KINDS`].

mod job_lists;
mod matrix;
mod phases;
mod time;
mod tolerated;
mod transient_faults;
