//! Echoes on many connections of one process, with one epoll: the floor of a client with many connections.

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, Event, EventData, EventFlags},
    fd::OwnedFd,
};

use crate::{
    connection::{Connection, READ},
    frames::{Counter, Stream},
    job::{Cell, Entry, Job, Workload},
    passes::CHUNK,
    result::Result,
    timed::timed,
};

/// The most events that one call takes.
const EVENTS: usize = 1024;

/// A connection while its echoes are counted.
struct Lane {
    connection: Connection,
    counter: Counter,
    /// Messages of the pass that the connection has received.
    received: usize,
    /// Bytes of the pass that the kernel has taken.
    sent: usize,
    waits_to_send: bool,
}

/// All connections of a cell.
struct Lanes<'a> {
    cell: &'a Cell,
    epoll: OwnedFd,
    stream: Stream,
    all: Vec<Lane>,
    events: Vec<Event>,
    /// What one connection has received.
    buffer: Vec<u8>,
}

/// Returns the entry of a cell, or `None` if the workload is not offered.
pub(crate) fn measure(job: &Job, cell: &Cell) -> Result<Option<Entry>> {
    if !matches!(cell.workload, Workload::RequestResponse | Workload::Pipelined) {
        return Ok(None);
    }
    let mut lanes = Lanes::open(job, cell)?;
    Ok(Some(timed(job, cell, |_| lanes.pass())?))
}

impl<'a> Lanes<'a> {
    fn open(job: &Job, cell: &'a Cell) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut lanes = Vec::with_capacity(cell.connections);
        for number in 0..cell.connections {
            let connection = Connection::open(&job.url, &cell.path())?;
            let data = EventData::new_u64(number as u64);
            epoll::add(&epoll, connection.socket(), data, EventFlags::IN)?;
            lanes.push(Lane {
                connection,
                counter: Counter::new(cell.size),
                received: 0,
                sent: 0,
                waits_to_send: false,
            });
        }
        Ok(Self {
            cell,
            epoll,
            stream: Stream::new(cell, CHUNK.max(cell.size)),
            all: lanes,
            events: Vec::with_capacity(EVENTS),
            buffer: vec![0; READ],
        })
    }

    fn pass(&mut self) -> Result<()> {
        for number in 0..self.all.len() {
            let lane = self.all.get_mut(number).ok_or("no such connection")?;
            (lane.received, lane.sent) = (0, 0);
            self.send(number)?;
        }
        let mut left = self.cell.messages();
        while left > 0 {
            let mut events = std::mem::take(&mut self.events);
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                let number = usize::try_from(event.data.u64())?;
                left -= self.receive(number)?;
                self.send(number)?;
            }
            self.events = events;
        }
        Ok(())
    }

    /// Receives what has arrived on a connection and returns the number of messages.
    fn receive(&mut self, number: usize) -> Result<usize> {
        let lane = self.all.get_mut(number).ok_or("no such connection")?;
        let bytes = lane.connection.try_receive_into(&mut self.buffer)?;
        let messages = lane.counter.count(bytes)?;
        lane.received += messages;
        Ok(messages)
    }

    /// Sends what a connection may have in flight, as far as the kernel takes it.
    fn send(&mut self, number: usize) -> Result<()> {
        let lane = self.all.get_mut(number).ok_or("no such connection")?;
        let messages = self.cell.share().min(lane.received + self.cell.in_flight());
        let until = messages * self.stream.frame;
        while lane.sent < until {
            let portion = self.stream.portion(lane.sent, until - lane.sent);
            let written = lane.connection.try_send(portion)?;
            lane.sent += written;
            if written < portion.len() {
                break;
            }
        }
        let waits = lane.sent < until;
        if waits != lane.waits_to_send {
            lane.waits_to_send = waits;
            let sending = if waits {
                EventFlags::OUT
            } else {
                EventFlags::empty()
            };
            let data = EventData::new_u64(number as u64);
            epoll::modify(
                &self.epoll,
                lane.connection.socket(),
                data,
                EventFlags::IN | sending,
            )?;
        }
        Ok(())
    }
}
