//! Work that takes a processor waits in a lane: so many at once, so many waiting, and the next one is told to come again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::refusal::Refusal;

/// Waiting longer than this is no service.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Those that work and those that wait.
    places: Arc<Semaphore>,
    working: Arc<Semaphore>,
    /// How many have a place when it is full.
    all: usize,
}

/// A place in a lane, held until the work in it is done.
#[derive(Debug)]
pub struct Place {
    _place: OwnedSemaphorePermit,
    working: Arc<Semaphore>,
}

impl Lane {
    /// A lane in which `at_once` work and as many as `waiting` wait.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(at_once + waiting)), working: Arc::new(Semaphore::new(at_once)), all: at_once + waiting }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// If there is none.
    pub fn enter(&self) -> Result<Place, Refusal> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Refusal::busy())?;
        Ok(Place { _place: place, working: self.working.clone() })
    }

    /// Whether nobody works or waits here.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.places.available_permits() == self.all
    }

    /// [`Self::enter`] and [`Place::work`].
    ///
    /// # Errors
    /// If there is no place, the wait is too long, or the work fails.
    pub async fn work<T, E>(&self, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Refusal>
    where
        T: Send + 'static,
        E: Into<Refusal> + Send + 'static,
    {
        self.enter()?.work(work).await
    }

    /// Waits for as long as it takes until something may be worked on here; for work that nobody waits for.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.working.clone().acquire_owned().await.ok()
    }
}

impl Place {
    /// Works once it is its turn, on a thread that may wait. Whoever asked may go meanwhile; the work is done to its end and only then the next begins.
    ///
    /// # Errors
    /// If the wait is too long, the work fails or panics.
    pub async fn work<T, E>(self, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Refusal>
    where
        T: Send + 'static,
        E: Into<Refusal> + Send + 'static,
    {
        let turn = timeout(LONGEST_WAIT, self.working.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Refusal::busy()) };
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, self));
            done
        });
        match working.await {
            Ok(done) => done.map_err(Into::into),
            Err(error) => {
                tracing::error!("a request failed: {error}");
                Err(Refusal::broken("this request failed here; the server's log says more"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn more_than_can_work_and_wait_are_told_to_come_again() {
        let lane = Lane::new(1, 1);
        let (go, stop) = mpsc::channel::<()>();
        assert!(lane.is_idle());
        let first = lane.enter().unwrap();
        assert!(!lane.is_idle());
        let working = tokio::spawn(first.work(move || stop.recv().map_err(|_| Refusal::broken("gone"))));
        let waiting = lane.enter().unwrap();
        assert_eq!(lane.enter().unwrap_err().status, 429);
        go.send(()).unwrap();
        working.await.unwrap().unwrap();
        assert_eq!(waiting.work(|| Ok::<_, Refusal>(7)).await.unwrap(), 7);
        lane.enter().unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_panics_is_an_error_and_frees_its_place() {
        let lane = Lane::new(1, 0);
        let failed = lane.work(|| -> Result<(), Refusal> { panic!("a fault of ours") }).await.unwrap_err();
        assert_eq!(failed.status, 500);
        lane.work(|| Ok::<_, Refusal>(())).await.unwrap();
    }
}
