//! Every phase of a restore under every fault that can be scripted, with the result stated cell by cell; and time: days,
//! tokens of a minute, clocks that jump, deadlines and interruptions in each phase. A new kind of restore joins by one
//! line in [`phases::KINDS`].

mod job_lists;
mod matrix;
mod phases;
mod time;
mod tolerated;
mod transient_faults;

/// Which cells of a table are run. Each has a row, a column and a kind, and takes some ten milliseconds; there are thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// All: `make soak`.
    Whole,
    /// Every second one, as on a chessboard: each row, each column and each kind meets half of the others.
    Half,
}

impl Share {
    fn has(self, row: usize, column: usize, kind: usize) -> bool {
        self == Self::Whole || (row + column + kind).is_multiple_of(2)
    }
}
