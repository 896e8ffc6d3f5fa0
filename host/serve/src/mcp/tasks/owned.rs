//! The tasks that are kept and whose each is. So many may run, and so many
//! bytes of outcomes are kept; of those that are over the oldest go first.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::Task;
use rmcp::task_manager::TaskManager;

use crate::mcp::owner::Owner;

/// How long a task may run, and for how long its outcome is kept after that.
pub(super) const KEPT: Duration = Duration::from_hours(1);

/// Tasks that run at once. Those whose call waits for a place count as well.
pub(super) const RUNNING: usize = 256;

/// Tasks that are over and kept.
const OVER: usize = 1024;

/// Bytes that the outcomes of all of them may hold.
const BUDGET: usize = 64 << 20;

/// The tasks, in the order in which they began.
#[derive(Default)]
pub(super) struct Owned(Mutex<VecDeque<Held>>);

/// How many bytes an outcome has, once there is one.
#[derive(Clone, Default)]
pub(super) struct Size(Arc<AtomicUsize>);

struct Held {
    id: String,
    owner: Owner,
    begun: Instant,
    size: Size,
    /// One for each, so that each can be forgotten.
    alone: TaskManager,
}

impl Size {
    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Owned {
    /// Begins a task, if not too many run.
    pub(super) fn begin(
        &self,
        owner: Owner,
        spawn: impl FnOnce(&TaskManager, Size) -> Task,
    ) -> Option<Task> {
        let mut all = self.all();
        tidy(&mut all);
        if all.iter().filter(|held| held.is_running()).count() >= RUNNING {
            return None;
        }
        let (alone, size) = (TaskManager::new(), Size::default());
        let task = spawn(&alone, size.clone());
        let id = task.task_id.clone();
        all.push_back(Held { id, owner, begun: Instant::now(), size, alone });
        Some(task)
    }

    /// Finds a task of an owner's.
    pub(super) fn find(&self, owner: &Owner, id: &str) -> Option<TaskManager> {
        let all = self.all();
        let held = all.iter().find(|held| held.id == id && held.owner == *owner)?;
        Some(held.alone.clone())
    }

    /// Forgets what is too old or too much.
    pub(super) fn tidy(&self) {
        tidy(&mut self.all());
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn is_running(&self) -> bool {
        self.alone.running_task_count() > 0
    }
}

fn tidy(all: &mut VecDeque<Held>) {
    all.retain(|held| held.is_running() || held.begun.elapsed() < 2 * KEPT);
    let over = |held: &&Held| !held.is_running();
    let mut count = all.iter().filter(over).count();
    let mut bytes: usize = all.iter().filter(over).map(|held| held.size.get()).sum();
    all.retain(|held| {
        if (count <= OVER && bytes <= BUDGET) || held.is_running() {
            return true;
        }
        count = count.saturating_sub(1);
        bytes = bytes.saturating_sub(held.size.get());
        false
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use rmcp::model::{CallToolResult, TaskStatus};
    use rmcp::task_manager::TaskOptions;

    use super::*;

    /// Begins a task that is over at once with an outcome of so many bytes.
    async fn over(owned: &Owned, owner: &Owner, bytes: usize) -> String {
        let begun = owned.begin(owner.clone(), |alone, size| {
            size.set(bytes);
            let done = async { Ok(CallToolResult::success(Vec::new())) };
            alone.spawn(TaskOptions::new(), |_| Box::pin(done))
        });
        let id = begun.unwrap().task_id;
        let alone = owned.find(owner, &id).unwrap();
        while alone.get_task(&id).unwrap().status() != TaskStatus::Completed {
            tokio::task::yield_now().await;
        }
        id
    }

    #[tokio::test]
    async fn a_task_is_there_for_whoever_began_it() {
        let (owned, ada) = (Owned::default(), Owner::named("token:ada"));
        let id = over(&owned, &ada, 1).await;
        assert!(owned.find(&ada, &id).is_some());
        for other in [Owner::named("token:bob"), Owner::default()] {
            assert!(owned.find(&other, &id).is_none());
        }
    }

    #[tokio::test]
    async fn the_oldest_outcomes_make_room_and_what_runs_stays() {
        let (owned, owner) = (Owned::default(), Owner::default());
        let runs = owned.begin(owner.clone(), |alone, _| {
            alone.spawn(TaskOptions::new(), |_| Box::pin(std::future::pending()))
        });
        let runs = runs.unwrap().task_id;
        let first = over(&owned, &owner, BUDGET / 2).await;
        let second = over(&owned, &owner, BUDGET / 2).await;
        let third = over(&owned, &owner, 1).await;
        owned.tidy();
        assert!(owned.find(&owner, &first).is_none());
        for id in [&runs, &second, &third] {
            assert!(owned.find(&owner, id).is_some());
        }
        for _ in 0..=OVER {
            over(&owned, &owner, 0).await;
        }
        owned.tidy();
        assert!(owned.find(&owner, &third).is_none() && owned.find(&owner, &runs).is_some());
        assert_eq!(owned.all().len(), OVER + 1);
    }

    #[tokio::test]
    async fn only_so_many_run_at_once() {
        let owned = Owned::default();
        let begin = || {
            owned.begin(Owner::default(), |alone, _| {
                alone.spawn(TaskOptions::new(), |_| Box::pin(std::future::pending()))
            })
        };
        for _ in 0..RUNNING {
            assert!(begin().is_some());
        }
        assert!(begin().is_none());
    }
}
