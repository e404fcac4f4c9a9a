//! A pipeline with `tokio::select!`, and its tests: what is lost when it is asked to stop?
//!
//! ```text
//! cargo test -p rehearsal --example pipeline
//! cargo run -p rehearsal --example pipeline -- --pace instant
//! ```

use rehearsal::{println, tokio};
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

/// Takes orders in, and hands each on when it is packed, until there are no more or it is to stop. What it has
/// taken it hands on; the queue with what it has not taken it gives back.
async fn pack(
    mut orders: mpsc::Receiver<u32>,
    parcels: mpsc::Sender<u32>,
    mut stop: watch::Receiver<bool>,
) -> mpsc::Receiver<u32> {
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(order) = order else { return orders };
        sleep(Duration::from_millis(10)).await;
        if parcels.send(order).await.is_err() {
            return orders;
        }
    }
}

#[tokio::main]
async fn main() {
    let (order, orders) = mpsc::channel(2);
    let (parcels, mut done) = mpsc::channel(2);
    let (stop, stopped) = watch::channel(false);
    let packer = tokio::spawn(pack(orders, parcels, stopped));
    tokio::spawn(async move {
        for id in 1..=5 {
            order.send(id).await.expect("the packer takes orders");
        }
        drop(order);
    });
    while let Some(parcel) = done.recv().await {
        println!("parcel {parcel}");
    }
    packer.await.expect("the packer does not panic");
    drop(stop);
}

#[cfg(test)]
mod tests {
    use super::*;
    // By its name, as tokio's macros need it: what `super::*` brings stands behind a crate of that name.
    use rehearsal::tokio;

    type Orders = mpsc::Receiver<u32>;

    /// How many of three orders are packed or still wait, when a packer was stopped in between.
    async fn kept<P>(
        packer: impl FnOnce(Orders, mpsc::Sender<u32>, watch::Receiver<bool>) -> P,
    ) -> usize
    where
        P: Future<Output = Orders> + Send + 'static,
    {
        let (order, orders) = mpsc::channel(3);
        let (parcels, done) = mpsc::channel(3);
        let (stop, stopped) = watch::channel(false);
        for id in 1..=3 {
            order.send(id).await.unwrap();
        }
        let packer = tokio::spawn(packer(orders, parcels, stopped));
        sleep(Duration::from_millis(15)).await;
        stop.send(true).unwrap();
        let waiting = packer.await.unwrap();
        done.len() + waiting.len()
    }

    #[rehearsal::test(schedules = 200)]
    async fn no_order_is_lost_by_a_stop() {
        assert_eq!(kept(pack).await, 3);
    }

    /// The mistake: the stop wins over an order that was taken already, and drops it.
    async fn pack_and_lose(
        mut orders: Orders,
        parcels: mpsc::Sender<u32>,
        mut stop: watch::Receiver<bool>,
    ) -> Orders {
        loop {
            let packed = async {
                let order = orders.recv().await?;
                sleep(Duration::from_millis(10)).await;
                parcels.send(order).await.ok()
            };
            let packed = tokio::select! {
                packed = packed => packed,
                _ = stop.wait_for(|stop| *stop) => None,
            };
            if packed.is_none() {
                return orders;
            }
        }
    }

    #[rehearsal::test(schedules = 200)]
    #[should_panic(expected = "an order is lost")]
    async fn an_order_in_hand_is_lost_where_a_stop_drops_it() {
        assert_eq!(kept(pack_and_lose).await, 3, "an order is lost");
    }

    /// All that is packed comes out, in its order, when nobody stops it.
    #[rehearsal::test(schedules = 200)]
    async fn parcels_come_out_in_the_order_of_their_orders() {
        let (order, orders) = mpsc::channel(2);
        let (parcels, mut done) = mpsc::channel(1);
        let (_stop, stopped) = watch::channel(false);
        tokio::spawn(pack(orders, parcels, stopped));
        tokio::spawn(async move {
            for id in 1..=3 {
                order.send(id).await.unwrap();
            }
        });
        for id in 1..=3 {
            assert_eq!(done.recv().await, Some(id));
        }
        assert_eq!(done.recv().await, None);
    }
}
