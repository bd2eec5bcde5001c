// SPDX-License-Identifier: MIT
// trace.mjs - how long a page's main thread was busy, from chromium's own trace. Counted is the
// thread's own time, so what else the machine does does not show.

const longTaskUs = 50_000;

/**
 * Runs work(mark) under a trace; mark(name, wait) measures one stretch of it. The answer has, for
 * each name, the milliseconds its main thread worked, and the tasks over 50 ms in `longTasks`.
 */
export async function mainThread(browser, page, work) {
  const names = [];
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', 'devtools.timeline', 'blink.user_timing'] });
  await work(async (name, wait) => {
    names.push(name);
    await page.evaluate((mark) => performance.mark(mark), `${name} begins`);
    await wait();
    await page.evaluate((mark) => performance.mark(mark), `${name} ends`);
  });
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
  const marks = new Map(events.filter((event) => event.cat === 'blink.user_timing').map((event) => [event.name, event]));
  const { pid, tid } = marks.get(`${names[0]} begins`);
  const tasks = events.filter((event) => event.pid === pid && event.tid === tid && event.name === 'RunTask' && event.ph === 'X');
  const result = { longTasks: [] };
  for (const name of names) {
    const [from, to] = [marks.get(`${name} begins`).ts, marks.get(`${name} ends`).ts];
    const within = tasks.filter((task) => task.ts >= from && task.ts < to);
    result[name] = within.reduce((sum, task) => sum + task.tdur, 0) / 1000;
    result.longTasks.push(...within.filter((task) => task.tdur > longTaskUs).map((task) => `${Math.round(task.tdur / 1000)} ms (${name})`));
  }
  return result;
}
