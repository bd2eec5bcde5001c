// SPDX-License-Identifier: MIT
// trace.mjs - what a push and what a small change of the page cost its main thread, from one trace of
// chromium. Counted is the thread's own time, so what else the machine does shows as little as it can.

const LONG_TASK_US = 50_000;
const BEFORE_US = 20_000; // the task an event is in began so long before it at most
const AFTER_US = 150_000; // its frame is done by then
const APART_US = 200_000; // two events nearer than this cannot be told apart
const TICK_MS = 1310; // in no step with the pushes of every second, of which it leaves most alone

/** The thread's own time; where the trace lacks it, the time by the clock, which is no less. */
const spent = ({ tdur, dur }) => tdur ?? dur;

/** Milliseconds of the main thread for each event that no other one of `all` is near, and none of whose tasks was cut off. */
function costs(events, all, tasks) {
  const near = (one, other) => one !== other && Math.abs(one.ts - other.ts) < APART_US;
  return events.filter((one) => !all.some((other) => near(one, other)))
    .map(({ ts }) => tasks.filter((task) => task.ts > ts - BEFORE_US && task.ts < ts + AFTER_US).map(spent))
    .filter((own) => own.every((us) => us !== undefined))
    .map((own) => own.reduce((sum, us) => sum + us, 0) / 1000);
}

/**
 * Traces a page for so many seconds while pushes come and a number at its end changes: the
 * milliseconds of each push and of each such change, and the tasks over 50 ms.
 */
export async function pushesBesideTicks(browser, page, seconds) {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'] });
  await page.evaluate(([every, until]) => new Promise((resolve) => {
    const clock = document.body.appendChild(document.createElement('p'));
    const timer = setInterval(() => {
      performance.mark('tick');
      clock.textContent = String(performance.now());
    }, every);
    setTimeout(() => { clearInterval(timer); clock.remove(); resolve(); }, until);
  }), [TICK_MS, seconds * 1000]);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const ticks = traceEvents.filter((event) => event.cat === 'blink.user_timing' && event.name === 'tick');
  const { pid, tid } = ticks[0];
  const own = traceEvents.filter((event) => event.pid === pid && event.tid === tid);
  const tasks = own.filter((event) => event.name === 'RunTask' && event.ph === 'X');
  const pushes = own.filter((event) => event.name === 'WebSocketReceive');
  const all = [...ticks, ...pushes];
  return {
    ticks: costs(ticks, all, tasks),
    pushes: costs(pushes, all, tasks),
    longTasks: tasks.filter((task) => task.tdur > LONG_TASK_US).map((task) => `${Math.round(task.tdur / 1000)} ms`),
  };
}
