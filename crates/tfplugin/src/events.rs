//! Answers that are streams: events along the way, and a last one that says how it ended.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

/// So many events wait for a client that is slow to take them.
const WAITING: usize = 64;

enum Event<E> {
    OnTheWay(E),
    Last(E),
}

/// Where the work of a call puts its events.
pub struct Events<E>(mpsc::Sender<Event<E>>);

impl<E> Clone for Events<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Events<E> {
    /// Sends an event if there is room for it: work must not wait for whoever watches it.
    pub fn send(&self, event: E) {
        let _ = self.0.try_send(Event::OnTheWay(event));
    }

    /// Sends the last event; what comes after it is lost.
    pub async fn end(self, event: E) {
        // The only error is that the client has gone.
        let _ = self.0.send(Event::Last(event)).await;
    }
}

/// The stream that a client reads. Always ends with the last event and a good status.
pub struct EventStream<E> {
    events: mpsc::Receiver<Event<E>>,
    stop: CancellationToken,
    ended: bool,
    _stops_with_the_client: DropGuard,
}

/// A stream and where its events come from. `stop` is fired when the client goes away; once it has fired, only the last
/// event is passed on: an interrupted Terraform 1.14 or 1.15 stops reading at the next event and crashes at one more.
pub fn stream<E>(stop: CancellationToken) -> (Events<E>, EventStream<E>) {
    let (sender, events) = mpsc::channel(WAITING);
    let guard = stop.clone().drop_guard();
    (Events(sender), EventStream { events, stop, ended: false, _stops_with_the_client: guard })
}

impl<E: Unpin> Stream for EventStream<E> {
    type Item = Result<E, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.ended {
            match ready!(self.events.poll_recv(context)) {
                Some(Event::OnTheWay(_)) if self.stop.is_cancelled() => {}
                Some(Event::OnTheWay(event)) => return Poll::Ready(Some(Ok(event))),
                Some(Event::Last(event)) => {
                    self.ended = true;
                    return Poll::Ready(Some(Ok(event)));
                }
                None => self.ended = true,
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;

    use super::*;

    async fn read<E: Unpin>(stream: EventStream<E>) -> Vec<E> {
        stream.map(Result::unwrap).collect().await
    }

    #[tokio::test]
    async fn events_come_in_order_and_the_last_one_ends_the_stream() {
        let (events, stream) = stream(CancellationToken::new());
        let late = events.clone();
        events.send(1);
        events.send(2);
        events.end(3).await;
        late.send(4);
        assert_eq!(read(stream).await, [1, 2, 3]);
    }

    #[tokio::test]
    async fn after_a_stop_nothing_but_the_last_event_comes() {
        let stop = CancellationToken::new();
        let (events, mut stream) = stream(stop.clone());
        events.send(1);
        assert_eq!(stream.next().await.unwrap().unwrap(), 1);
        events.send(2);
        stop.cancel();
        events.send(3);
        events.end(4).await;
        assert_eq!(read(stream).await, [4]);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_holds_nobody_up_and_loses_no_end() {
        let (events, stream) = stream(CancellationToken::new());
        (0..1000).for_each(|number| events.send(number));
        tokio::spawn(events.end(-1));
        let read = read(stream).await;
        assert_eq!(read[..WAITING], Vec::from_iter(0..WAITING as i32));
        assert_eq!(read[WAITING..], [-1]);
    }

    #[tokio::test]
    async fn a_client_that_goes_away_is_a_stop() {
        let stop = CancellationToken::new();
        let (events, stream) = stream::<u8>(stop.clone());
        drop(stream);
        assert!(stop.is_cancelled());
        events.end(1).await;
    }
}
