//! What has to be in the queue: a model of it, as small as the brief allows.
//!
//! It knows no process. What a consumer does between two commits is one step here, so the order in which the work on a
//! batch goes does not matter.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) const CONSUME: &str = "consume";
pub(super) const BILL: &str = "bill";

const COLUMNS: [&str; 3] = ["Name", "Zip", "Product"];
const PRICES: [(&str, u32); 3] = [("Chair", 45), ("Desk", 120), ("Lamp", 30)];

/// The queue as it has to be.
#[derive(Clone, Default)]
pub(super) struct World {
    /// The clock, in milliseconds.
    pub(super) now: u64,
    /// The items of `consume` and of `bill`, each in the order of their numbers.
    pub(super) orders: Vec<Item>,
    pub(super) bills: Vec<Item>,
    /// What was handed on and has no number yet: to `bill`, and to `report`.
    pub(super) to_bill: Vec<Value>,
    pub(super) to_report: Vec<Value>,
    /// How many orders came in behind `consume`.
    pub(super) came_later: usize,
    /// How many items `report` has finished.
    pub(super) reported: usize,
    /// Whether somebody died or came too late, so that a parcel may have been sent for an item that is not done.
    pub(super) is_disturbed: bool,
}

#[derive(Clone)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) payload: Value,
    pub(super) state: State,
    failures: u64,
    pub(super) error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    New,
    Reserved { owner: String, until: u64 },
    Completed,
    Failed,
}

/// How a consumer takes and finishes items.
#[derive(Clone)]
pub(super) struct How {
    pub(super) name: String,
    pub(super) step: &'static str,
    pub(super) next: &'static str,
    pub(super) batch: usize,
    pub(super) attempts: u64,
    /// In milliseconds.
    pub(super) lease: u64,
    /// The file of its clock.
    pub(super) clock: &'static str,
}

/// What a consumer has to say of the items that it had.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// How often it took each.
    pub(super) took: BTreeMap<u64, usize>,
    pub(super) did: Vec<u64>,
    pub(super) failed: Vec<(u64, String)>,
    pub(super) again: Vec<(u64, String)>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Tally) {
        for (id, times) in other.took {
            *self.took.entry(id).or_default() += times;
        }
        self.did.extend(other.did);
        self.failed.extend(other.failed);
        self.again.extend(other.again);
        self.did.sort();
        self.failed.sort();
        self.again.sort();
    }
}

impl World {
    pub(super) fn import(&mut self, ids: Vec<u64>, payloads: Vec<Value>) {
        self.orders
            .extend(ids.into_iter().zip(payloads).map(|(id, payload)| Item::new(id, payload)));
    }

    /// Orders that come in behind `consume`.
    pub(super) fn import_later(&mut self, step: &str, payloads: Vec<Value>) {
        self.came_later += payloads.len();
        if step == BILL {
            self.to_bill.extend(payloads);
        } else {
            self.to_report.extend(payloads);
        }
    }

    pub(super) fn of(&self, step: &str) -> &[Item] {
        if step == BILL { &self.bills } else { &self.orders }
    }

    pub(super) fn of_mut(&mut self, step: &str) -> &mut Vec<Item> {
        if step == BILL { &mut self.bills } else { &mut self.orders }
    }

    /// The places of those that anybody may take, in the order in which they are taken.
    pub(super) fn free(&self, step: &str) -> Vec<usize> {
        let items = self.of(step);
        let is_free = |place: &usize| match &items[*place].state {
            State::New => true,
            State::Reserved { until, .. } => *until <= self.now,
            _ => false,
        };
        let mut free: Vec<usize> = (0..items.len()).filter(is_free).collect();
        free.sort_by_key(|place| (items[*place].failures, items[*place].id));
        free
    }

    /// Takes the next batch.
    pub(super) fn take(&mut self, how: &How) -> Vec<usize> {
        let mut taken = self.free(how.step);
        taken.truncate(how.batch);
        let until = self.now + how.lease;
        let items = self.of_mut(how.step);
        for place in &taken {
            items[*place].state = State::Reserved { owner: how.name.clone(), until };
        }
        taken
    }

    /// Finishes a batch that is still its consumer's.
    pub(super) fn finish(&mut self, how: &How, taken: &[usize]) -> Tally {
        let mut tally = Tally::default();
        for place in taken {
            let item = &mut self.of_mut(how.step)[*place];
            *tally.took.entry(item.id).or_default() += 1;
            match verdict(how.step, &item.payload) {
                Ok(order) => {
                    (item.state, item.error) = (State::Completed, None);
                    tally.did.push(item.id);
                    if how.next == BILL {
                        self.to_bill.push(order);
                    } else {
                        self.to_report.push(order);
                    }
                }
                Err(error) => {
                    item.failures += 1;
                    let again = error.starts_with("APPLICATION") && item.failures < how.attempts;
                    item.state = if again { State::New } else { State::Failed };
                    item.error = Some(error.clone());
                    let told = if again { &mut tally.again } else { &mut tally.failed };
                    told.push((item.id, error));
                }
            }
        }
        tally
    }

    /// What a consumer does that nobody disturbs.
    pub(super) fn consume(&mut self, how: &How) -> Tally {
        let mut tally = Tally::default();
        loop {
            let taken = self.take(how);
            if taken.is_empty() {
                return tally;
            }
            tally.add(self.finish(how, &taken));
        }
    }

    pub(super) fn retry(&mut self) {
        for item in self.orders.iter_mut().chain(&mut self.bills) {
            let passes = item.error.as_ref().is_some_and(|error| error.starts_with("APPLICATION"));
            if item.state == State::Failed && passes {
                (item.state, item.failures, item.error) = (State::New, 0, None);
            }
        }
    }

    /// Whether this order is fit to be sent.
    pub(super) fn is_fit(item: &Item) -> bool {
        can_be_sent(&item.payload)
    }

    /// What the report has to print below its title.
    pub(super) fn report(&self) -> Vec<String> {
        let mut products: BTreeMap<String, usize> = BTreeMap::new();
        for order in &self.to_report {
            *products.entry(text(&order["Product"])).or_default() += 1;
        }
        let mut failed: Vec<&Item> = self.orders.iter().chain(&self.bills).collect();
        failed.retain(|item| item.state == State::Failed);
        failed.sort_by_key(|item| item.id);
        let mut lines: Vec<String> =
            products.iter().map(|(product, count)| format!("{product}: {count}")).collect();
        lines.extend(failed.iter().map(|item| {
            format!("failed: item {} ({})", item.id, item.error.as_deref().unwrap_or_default())
        }));
        let all = self.orders.len() + self.came_later;
        let (shipped, failed) = (self.to_report.len(), failed.len());
        let open = all - shipped - failed;
        lines.push(format!(
            "Reported {all} orders: {shipped} shipped, {failed} failed, {open} open"
        ));
        lines
    }
}

impl Item {
    pub(super) fn new(id: u64, payload: Value) -> Item {
        Item { id, payload, state: State::New, failures: 0, error: None }
    }

    pub(super) fn is_reserved(&self) -> bool {
        matches!(self.state, State::Reserved { .. })
    }

    /// What `list` shows of it.
    pub(super) fn shown(&self, now: u64) -> String {
        match (&self.state, &self.error) {
            (State::New, None) => "NEW".to_owned(),
            (State::New, Some(error)) => format!("NEW again after {error}"),
            (State::Reserved { owner, until }, _) => {
                format!("RESERVED by {owner}, {}", left(until.saturating_sub(now)))
            }
            (State::Completed, _) => "COMPLETED".to_owned(),
            (State::Failed, error) => format!("FAILED: {}", error.as_deref().unwrap_or_default()),
        }
    }

    /// Whether `list` may show this of it. What nobody finished in time may be shown as new again.
    pub(super) fn may_show(&self, shown: &str, now: u64) -> bool {
        let is_over = matches!(self.state, State::Reserved { until, .. } if until <= now);
        shown == self.shown(now) || is_over && shown.starts_with("NEW")
    }

    /// The line of its parcel.
    pub(super) fn parcel(&self) -> String {
        let [name, zip, product] = COLUMNS.map(|column| text(&self.payload[column]));
        format!("item {}: {product} for {name}, {zip}", self.id)
    }
}

/// How `list` tells the rest of a lease, which is in milliseconds.
pub(super) fn left(lease: u64) -> String {
    format!("{:.1} s left", lease as f64 / 1000.0)
}

/// Whether an order has all that `consume` asks for.
pub(super) fn can_be_sent(order: &Value) -> bool {
    verdict(CONSUME, order).is_ok()
}

/// What comes of the work on an item.
fn verdict(step: &str, order: &Value) -> Result<Value, String> {
    if step == BILL {
        let product = text(&order["Product"]);
        let price = PRICES.iter().find(|(name, _)| *name == product);
        let (_, price) = price.ok_or(format!("BUSINESS NO_PRICE: no price for {product}"))?;
        let mut bill = order.clone();
        bill["Price"] = Value::from(*price);
        return Ok(bill);
    }
    if let Some(column) = COLUMNS.into_iter().find(|column| order[column].is_null()) {
        return Err(format!("APPLICATION MISSING_FIELD: {column} is missing"));
    }
    let zip = &order["Zip"];
    let number = zip.as_i64().or_else(|| zip.as_str()?.parse().ok());
    if !number.is_some_and(|number| (1000..=9999).contains(&number)) {
        return Err(format!("BUSINESS INVALID_ORDER: Zip is {zip} where 1000 to 9999 is wanted"));
    }
    Ok(order.clone())
}

/// A field of an order as text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An order that somebody may have typed.
pub(super) fn order(below: &mut dyn FnMut(usize) -> usize) -> Value {
    let mut pick = |values: &[Value]| values[below(values.len())].clone();
    let words = |words: &[&str]| words.iter().map(|word| Value::from(*word)).collect::<Vec<_>>();
    let mut order = Map::new();
    let mut set = |column: &str, value: Value| drop(order.insert(column.to_owned(), value));
    set("Name", pick(&words(&["Ada", "Ada", "Edsger", "Grace"])));
    set("Product", pick(&words(&["Chair", "Chair", "Desk", "Lamp", "Sofa", "Lamp 2", "chair"])));
    let zips = [1011, 1000, 9999, 2200, 5611].map(Value::from).to_vec();
    set("Zip", pick(&[zips, words(&["1011", "9999"])].concat()));
    // One in three is not as it should be.
    match below(10) {
        0 => set("Zip", [999, 10_000, -1011].map(Value::from)[below(3)].clone()),
        1 => set("Zip", words(&["none", "", "10110"])[below(3)].clone()),
        2 | 3 => drop(order.remove(COLUMNS[below(3)])),
        _ => {}
    }
    Value::Object(order)
}
