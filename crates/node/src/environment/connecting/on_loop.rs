//! Connects that the event loop drives: those that only open a TCP connection and send a request. They need no other
//! thread, and the handle that watches the socket stays with the connection.

use super::reports::reports;
use super::settle::{adopt, settle};
use super::unstartable::unstartable;
use crate::boundary::reference::Reference;
use crate::environment::Driver;
use crate::environment::adopt::raw;
use crate::environment::drivers::event_loop;
use crate::environment::state::{ConnectEvent, Environment, LoopConnect, PendingConnect, Report, Task};
use crate::slots::Key;
use crate::uv::TimerHandle;
use std::cell::Cell;
use std::ffi::c_int;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{io, result};
use websocket_rs_client::connect::{DirectAnswer, DirectConnect, DirectEnd, RefusedConnect, finish_refused};
use websocket_rs_client::{ConnectOptions, runtime};

/// How late the timer of a deadline may be. If it is later, the thread was busy or the process stopped.
const MAX_LATENESS: Duration = Duration::from_millis(50);

/// The time that a connect has after its deadline if the loop was late: what the peer has sent meanwhile was not read, and
/// the request may not have been sent.
const GRACE: Duration = Duration::from_secs(1);

/// Begins a connect. Returns its token, or the options if the connect has to run on Tokio.
pub(super) fn begin(
    environment: &Rc<Environment>,
    options: Box<ConnectOptions>,
    high_water_mark: usize,
    settle: Rc<Reference>,
) -> result::Result<u32, Box<ConnectOptions>> {
    if !environment.has_loop() {
        return Err(options);
    }
    let connect = DirectConnect::begin(options)?;
    let token = environment.pending.new_token();
    let opened = Rc::new(Cell::new(None));
    let deadline = connect.deadline();
    let Some(handle) = watch(environment, &connect, token, &opened) else {
        return Err(connect.into_options());
    };
    let mut connect = LoopConnect {
        handle,
        opened,
        connect,
        deadline,
        is_prolonged: false,
    };
    if deadline.is_some_and(|deadline| !add_deadline(environment, deadline)) {
        let LoopConnect { handle, connect, .. } = connect;
        drop(handle);
        return Err(connect.into_options());
    }
    connect.arm();
    let pending = PendingConnect::new(Task::Loop(Box::new(connect)), high_water_mark, settle);
    environment.pending.add(environment.raw(), token, pending);
    Ok(token)
}

/// Makes the handle of a connect, which is that of the connection later.
fn watch(
    environment: &Rc<Environment>,
    connect: &DirectConnect,
    token: u32,
    opened: &Rc<Cell<Option<Key>>>,
) -> Option<crate::uv::PollHandle> {
    let opened = Rc::clone(opened);
    let on_ready = move |environment: &Rc<Environment>, status: c_int, events: c_int| match opened.get() {
        Some(key) => event_loop::handle_polled(environment, key, status, events),
        None => environment.enter(|environment| advance(environment, token, status < 0)),
    };
    environment.watch(raw(connect.socket()?), on_ready)
}

/// Continues a connect whose socket is ready, or has `failed`.
fn advance(environment: &Rc<Environment>, token: u32, failed: bool) {
    let polled = environment.pending.with_loop_connect(token, |pending| {
        if failed {
            pending.handle.note_stopped();
        }
        let polled = pending.connect.poll();
        if polled.is_pending() {
            pending.arm();
        }
        polled
    });
    if let Some(Poll::Ready(answer)) = polled {
        finish(environment, token, answer);
    }
}

/// Removes a connect that has ended.
fn take(environment: &Environment, token: u32) -> Option<(LoopConnect, usize, Rc<Reference>)> {
    let pending = environment.pending.remove(environment.raw(), token)?;
    environment.release_if_idle();
    match pending.task {
        Task::Loop(connect) => Some((*connect, pending.high_water_mark, pending.settle)),
        Task::Tokio(_) => None,
    }
}

fn finish(environment: &Rc<Environment>, token: u32, answer: DirectAnswer) {
    let Some((connect, high_water_mark, function)) = take(environment, token) else {
        return;
    };
    let LoopConnect {
        handle,
        opened,
        connect,
        ..
    } = connect;
    match connect.finish(answer) {
        DirectEnd::Opened(mut connection) => {
            connection.await_end();
            let is_just_read = !connection.is_readable();
            let driver = Driver::Watched(handle);
            let adopted = adopt(environment, Ok(connection), high_water_mark, driver);
            let key = adopted.as_ref().ok().map(|(key, _)| *key);
            opened.set(key);
            key.and_then(|key| environment.with(key, |record| record.is_just_read = is_just_read));
            settle(environment, &function, adopted);
        }
        DirectEnd::Failed(error, socket) => {
            drop(handle);
            drop(socket);
            settle(environment, &function, Err(error));
        }
        DirectEnd::Refused(refused) => {
            drop(handle);
            let continued = continue_on_tokio(environment, token, refused, high_water_mark, &function);
            if let Err(error) = continued {
                environment.release_if_idle();
                settle(environment, &function, Err(unstartable(error)));
            }
        }
    }
}

fn continue_on_tokio(
    environment: &Rc<Environment>,
    token: u32,
    refused: RefusedConnect,
    high_water_mark: usize,
    settle: &Rc<Reference>,
) -> io::Result<()> {
    let reports = reports(environment)?;
    // Fails only after the environment was closed, and then the result is not needed.
    environment.hold().map_err(io::Error::other)?;
    let task = runtime::handle()?.spawn(async move {
        let event = ConnectEvent::Finished(finish_refused(refused).await);
        reports.send(Report { token, event });
    });
    let task = Task::Tokio(task.abort_handle());
    let pending = PendingConnect::new(task, high_water_mark, Rc::clone(settle));
    environment.pending.add(environment.raw(), token, pending);
    Ok(())
}

/// Sets the timer for a deadline. Returns `false` if there is no timer.
fn add_deadline(environment: &Rc<Environment>, deadline: Instant) -> bool {
    environment.pending.deadlines.add(deadline, || {
        let uv = environment.uv.as_ref()?;
        let environment = Rc::clone(environment);
        TimerHandle::new(uv, move || environment.enter(expire))
    })
}

/// Ends the connects whose deadlines have passed.
fn expire(environment: &Rc<Environment>) {
    environment.pending.deadlines.note_due();
    let now = Instant::now();
    let mut deadlines = environment.pending.loop_deadlines();
    deadlines.sort_unstable_by_key(|(token, deadline)| (*deadline, *token));
    for (token, deadline) in deadlines {
        if deadline <= now {
            expire_one(environment, token, now - deadline);
        }
    }
    // JavaScript may have started and cancelled connects meanwhile.
    let left = environment.pending.loop_deadlines();
    if let Some(next) = left.into_iter().map(|(_, deadline)| deadline).min() {
        add_deadline(environment, next);
    }
}

/// Ends a connect, unless its response has arrived or the loop was late.
fn expire_one(environment: &Rc<Environment>, token: u32, lateness: Duration) {
    advance(environment, token, false);
    let prolong = |pending: &mut LoopConnect| {
        let is_excused = lateness > MAX_LATENESS && !pending.is_prolonged;
        if is_excused {
            pending.is_prolonged = true;
            pending.deadline = Instant::now().checked_add(GRACE);
        }
        is_excused
    };
    if environment.pending.with_loop_connect(token, prolong) == Some(false)
        && let Some((connect, _, function)) = take(environment, token)
    {
        let error = connect.connect.timeout();
        drop(connect);
        settle(environment, &function, Err(error));
    }
}
