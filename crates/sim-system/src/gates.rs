//! Gates in front of and behind every call of a port: where a life is held, taken in turns, or ended.
//!
//! Invariants
//! - GT1 While the gates are held, a future that meets one stands still there until it is polled again; nothing else
//!   decides when it goes on, so that two futures interleave as the dice say.
//! - GT2 Open gates cost nothing.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

#[derive(Default)]
pub struct Gates {
    held: AtomicBool,
    reached: AtomicBool,
}

pub type Walk<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

impl Gates {
    pub fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
        self.reached.store(false, Ordering::SeqCst);
    }

    /// Stands at a gate, if the gates are held.
    pub async fn pass(&self) {
        let mut stood = false;
        poll_fn(|_| {
            if stood || !self.held.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            stood = true;
            self.reached.store(true, Ordering::SeqCst);
            // Nobody is woken: who walks asks again when it is to go on.
            Poll::Pending
        })
        .await;
    }

    /// Walks on to the next gate; what came of it, if it came to its end before one.
    pub async fn walk<T>(&self, walk: &mut Walk<'_, T>) -> Option<T> {
        poll_fn(|cx| match walk.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.reached.swap(false, Ordering::SeqCst) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn three(gates: &Gates) -> u32 {
        for _ in 0..3 {
            gates.pass().await;
        }
        3
    }

    #[tokio::test(flavor = "current_thread")]
    async fn held_gates_stop_at_each_call_and_open_ones_at_none() {
        let gates = Gates::default();
        let mut open: Walk<'_, u32> = Box::pin(three(&gates));
        assert_eq!(gates.walk(&mut open).await, Some(3));
        gates.hold(true);
        let mut held: Walk<'_, u32> = Box::pin(three(&gates));
        for _ in 0..3 {
            assert_eq!(gates.walk(&mut held).await, None);
        }
        assert_eq!(gates.walk(&mut held).await, Some(3));
    }
}
