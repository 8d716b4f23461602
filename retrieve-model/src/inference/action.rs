//! What a controller can do next. Actions only point: at a sentence or a value of a section that was read.

/// One thing to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Search again with words of the evidence.
    Search,
    /// Quote a sentence that leads on.
    Quote {
        /// The section, by its place in [`super::State::reads`].
        read: usize,
        /// The sentence.
        sentence: usize,
    },
    /// Answer with a value; its sentence is quoted too.
    Answer {
        /// The section, by its place in [`super::State::reads`].
        read: usize,
        /// The value, by its place in [`super::Read::values`].
        value: usize,
    },
    /// Give another answer beside the first: the sources disagree.
    Conflict {
        /// The section, by its place in [`super::State::reads`].
        read: usize,
        /// The value.
        value: usize,
    },
    /// Give one more item of a list.
    More {
        /// The section, by its place in [`super::State::reads`].
        read: usize,
        /// The value, by its place in [`super::Read::values`].
        value: usize,
    },
    /// Say that the corpus does not hold the answer.
    Abstain,
    /// Nothing more to say.
    Stop,
}

impl Action {
    pub(super) fn kind(self) -> usize {
        match self {
            Self::Search => 0,
            Self::Quote { .. } => 1,
            Self::Answer { .. } => 2,
            Self::Conflict { .. } => 3,
            Self::Abstain => 4,
            Self::Stop => 5,
            Self::More { .. } => 6,
        }
    }

    /// The section it points at.
    #[must_use]
    pub fn read(self) -> Option<usize> {
        match self {
            Self::Quote { read, .. } | Self::Answer { read, .. } | Self::Conflict { read, .. } | Self::More { read, .. } => Some(read),
            Self::Search | Self::Abstain | Self::Stop => None,
        }
    }

    /// The value it gives as an answer: its section, by its place in [`super::State::reads`], and its place in [`super::Read::values`].
    #[must_use]
    pub fn value(self) -> Option<(usize, usize)> {
        match self {
            Self::Answer { read, value } | Self::Conflict { read, value } | Self::More { read, value } => Some((read, value)),
            Self::Search | Self::Quote { .. } | Self::Abstain | Self::Stop => None,
        }
    }
}
