/* SPDX-License-Identifier: MIT
 * import.pml - how the rows of an import come into the history exactly once: lease, delivery, commit
 * and adoption, for spin. `tests/model/run` checks it, and breaks it to see that found.
 *
 * What it shows, of every order of events with at most FAULTS faults among them:
 *   - no row is committed twice, and none is skipped (the assertions);
 *   - no range is lost for ever: where nothing can happen any more the job is completed (no invalid end
 *     state), and nobody tries for ever without a commit (no non-progress cycle).
 *
 * A fault: a request or its answer lost; a request that comes late, beside the one that was sent instead
 * of it (so it is doubled, too); a lease that ends under a worker that lives and delivers later; rows
 * that could not be read; a worker, the coordinator, the history killed; the broker killed, and with it
 * all that is under way.
 *
 * Each part stands for this code; where that changes, this must:
 *   slot_...     actors/tautulli/worker.c: take, read_next, begin_send, committed, report. Of reading only
 *                what matters here: the batch ends anywhere in its range (batch_add), or nothing was read.
 *                actors/shared/delivery.c: on_committed; retry.c: retry_is_due, retry_job_is_over
 *   coordinator  actors/tautulli/coordinator_lease.c: slice_ahead, give_out; coordinator_done.c:
 *                coordinator_on_done, from_here, not_delivered; actors/shared/job_runner_recover.c: job_runner_recover, on_unfinished,
 *                compare, on_our_record; job_runner.c: check_stall
 *   book_...     actors/tautulli/lease.c, by the same names
 *   history      actors/history/batches.c: batches_take, buffer_batch, commit_group, answer_committed;
 *                lifecycle.c: lifecycle_place, lifecycle_adopt; commit.c: commit_one; reorder_buffer.c
 *
 * A request and its answer are told apart by an id, so what answers an older one is dropped: late requests
 * are kept without whoever waits for their answer. What waits to be taken is taken in any order. A wait
 * that ends by asking the same again, with the same answer, is not told of: only where asking again may
 * change something it is a step.
 *
 * Known, of two faults, where a lease ends under a worker that lives and goes on delivering its batch:
 * another place of the worker is given the same range, the place that was kept for the lowest one, and then
 * the only other worker, who had that, is gone for ever; it ends when a worker gives back a range that
 * another of its places delivers.
 *
 * Left out: attempts (a resume refuses what is older as an adoption does), ranges that end three workers,
 * ranges that workers elsewhere refuse and damage (they end the job; each of those refusals is a give_back,
 * which frees that lease and no other, and of an ended job the history takes nothing more: what is below
 * next_id stays, the rest is cut anew from there by a resume, as after an adoption), what the rows are, who may deliver (lease_mac.c), the bounds of the
 * reorder buffer in bytes, and workers on other machines: what they say frees a range or leaves it to the
 * history's word, as an end of their lease does, and the rest is counted before it is given out. */

#ifndef ROWS
#define ROWS 3
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#define WORKERS 2
#define PLACES 2 /* LEASE_PLACES */
#define SLOTS 3  /* places that are used: two of the first worker, one of the second */

byte faults = FAULTS;

/* ---- the history: `held` is in memory, the rest in its file ---- */

byte next_id, runner_now, committed[ROWS]; /* committed: how often, for the assertions */
bool completed;
bool unmoved; /* somebody was refused as of an older adoption since the last commit, and time passed */

/* ---- places of workers. A held batch waits in the history's reorder buffer, which has room for as many
 * as there are places; `lost`: no answer will come ---- */

mtype = { TAKE, SEND, HELD, REPORT, PAUSED, DEAD };
typedef place {
    mtype step;
    bool lost;
    bool failed;        /* nothing was read */
    byte lease, runner; /* from SEND on */
    byte first, upto;   /* SEND, HELD; from REPORT on `upto` is the first that is not committed */
    bool ends;          /* the job's work is done with it */
}
place slots[SLOTS];
byte life[WORKERS]; /* how often each was started: another name with each start */

/* ---- the coordinator: in memory ---- */

typedef range {
    bool is;
    byte last, number; /* number: of the lease; 0: free */
    byte slot;
    byte life;
}
range book[3]; /* by the first id */
bool has_job;
byte job_runner, slice_from;
mtype = { NOTHING, ASKED, ADOPTED, FOUND };
mtype asking = NOTHING;        /* jobs.unfinished: under way, or answered: … */
bool adopting;
byte found_runner, found_next; /* … with this */

/* ---- late ---- */

mtype = { COMMIT, DONE, GRANT, ADOPT };
typedef letter {
    mtype what; /* 0: none */
    byte slot, lease, runner, first, upto;
    byte life;
    bool ends, failed;
}
letter late[2];

/* ---- the book ---- */

#define HELD_BY(at, s) (book[at].is && book[at].number > 0 && book[at].slot / PLACES == (s) / PLACES && \
                        book[at].life == life[(s) / PLACES])
/* A renewal names the leases that the worker's places hold: another one runs out. */
#define UNNAMED(at) (book[at].is && book[at].number > 0 && book[at].life == life[book[at].slot / PLACES] && \
                     slots[book[at].slot].lease != book[at].number)
#define ENDED(at) (book[at].is && book[at].number > 0 && book[at].life != life[book[at].slot / PLACES])

inline book_free(at)
{
    book[at].number = 0; book[at].slot = 0; book[at].life = 0
}

inline book_remove(at)
{
    book_free(at); book[at].is = 0; book[at].last = 0
}

inline book_clear()
{
    for (i : 0 .. ROWS - 1) { book_remove(i) }
    i = 0
}

inline book_committed(next) /* one that is committed in part stays whole */
{
    for (i : 0 .. ROWS - 1) {
        if
        :: book[i].is && book[i].last < next -> book_remove(i)
        :: else
        fi
    }
    i = 0
}

inline book_find(lease_no)
{
    at = 0;
    do
    :: at < ROWS && !(book[at].is && book[at].number == lease_no) -> at++
    :: else -> break
    od
}

inline book_done(lease_no, next)
{
    book_find(lease_no);
    if
    :: at == ROWS || lease_no == 0
    :: at < ROWS && lease_no > 0 && next > book[at].last -> book_remove(at)
    :: at < ROWS && lease_no > 0 && next <= at -> book_free(at)
    :: at < ROWS && lease_no > 0 && next > at && next <= book[at].last -> /* shorten() */
           book[next].is = 1; book[next].last = book[at].last; book_remove(at)
    fi;
    at = 0
}

inline book_give_back(lease_no)
{
    book_find(lease_no);
    if
    :: at == ROWS || lease_no == 0
    :: else -> book_free(at)
    fi;
    at = 0
}

/* One that nobody knows; in the code they rise for ever. */
inline new_number(who)
{
    number = who + 1;
    do
    :: used = 0;
       for (i : 0 .. ROWS - 1) { used = used || (book[i].is && book[i].number == number) }
       for (i : 0 .. SLOTS - 1) { used = used || slots[i].lease == number }
       for (i : 0 .. 1) { used = used || late[i].lease == number }
       if
       :: !used -> break
       :: else -> number = number + SLOTS
       fi
    od;
    used = 0; i = 0
}

/* lease_book_grant: `at` is the range, ROWS: there is none to give. */
inline book_grant(who)
{
    byte others, lowest;
    at = ROWS; others = 0; lowest = ROWS;
    for (i : 0 .. ROWS - 1) {
        if
        :: book[i].is && lowest == ROWS -> lowest = i
        :: else
        fi;
        if
        :: HELD_BY(i, who) && book[i].slot == who -> at = i
        :: HELD_BY(i, who) && book[i].slot != who -> others = (i == lowest || others == 99 -> 99 : others + 1)
        :: else
        fi
    }
    if
    :: at < ROWS
    :: at == ROWS ->
           i = 0;
           do
           :: i < ROWS && !(book[i].is && book[i].number == 0) -> i++
           :: else -> break
           od;
           if
           :: i < ROWS && (i == lowest || others == 99 || others + 1 < PLACES) -> /* has_its_share */
                  at = i; new_number(who);
                  book[at].number = number; book[at].slot = who; book[at].life = life[(who) / PLACES]; number = 0
           :: else
           fi
    fi;
    i = 0; others = 0; lowest = 0
}

/* Is there one? The same without a change, to be asked in a guard. */
#define FREE(at) (book[at].is && book[at].number == 0)
#define LOWEST(at) (book[at].is && (at == 0 || !book[0].is) && (at <= 1 || !book[1].is))
#define OTHERS(s) (HELD_BY(0, s) + HELD_BY(1, s) + HELD_BY(2, s))
#define HOLDS_LOWEST(s) ((HELD_BY(0, s) && LOWEST(0)) || (HELD_BY(1, s) && LOWEST(1)) || (HELD_BY(2, s) && LOWEST(2)))
#define OWN(at, s) (HELD_BY(at, s) && book[at].slot == (s))
#define GIVEN(s) (has_job && (OWN(0, s) || OWN(1, s) || OWN(2, s) || (FREE(0) && LOWEST(0)) || (FREE(1) && LOWEST(1)) || \
                  (FREE(2) && LOWEST(2)) || ((FREE(0) || FREE(1) || FREE(2)) && (HOLDS_LOWEST(s) || OTHERS(s) + 1 < PLACES))))

/* ---- a place of a worker ---- */

inline slot_take(who)
{
    slots[who].step = TAKE; slots[who].lost = 0; slots[who].failed = 0; slots[who].lease = 0; slots[who].runner = 0;
    slots[who].first = 0; slots[who].upto = 0; slots[who].ends = 0
}

/* What was asked is under way still, and comes late: some other thing is asked meanwhile. */
inline slot_sent_late(who, kind)
{
    for (i : 0 .. 1) {
        if
        :: late[i].what == 0 ->
               late[i].what = kind; late[i].slot = who; late[i].life = life[(who) / PLACES];
               late[i].lease = slots[who].lease; late[i].runner = slots[who].runner;
               late[i].first = slots[who].first; late[i].upto = slots[who].upto;
               late[i].ends = slots[who].ends; late[i].failed = slots[who].failed;
               break
        :: else
        fi
    }
    i = 0
}

/* coordinator: give_out, and slot: read_next, begin_send. */
inline slot_leased(who)
{
    book_grant(who);
    slots[who].step = SEND; slots[who].lost = 0; slots[who].lease = book[at].number; slots[who].runner = job_runner;
    slots[who].first = at; slots[who].upto = at;
    do
    :: slots[who].upto < book[at].last -> slots[who].upto++
    :: slots[who].ends = (slots[who].upto == ROWS - 1); break
    :: faults > 0 -> /* it was not read */
           faults--; slots[who].failed = 1; slots[who].step = REPORT; slots[who].first = 0; slots[who].upto = 0; break
    od;
    at = 0
}

/* Answered OK or BATCH_STRADDLES: committed(), lower where somebody delivered less of the same range. */
inline slot_committed(who)
{
    slots[who].step = REPORT; slots[who].lost = 0; slots[who].first = 0; slots[who].runner = 0; slots[who].ends = 0;
    slots[who].upto = (next_id > slots[who].upto -> slots[who].upto + 1 : next_id)
}

proctype worker(byte me)
{
    do
    :: atomic { !completed && slots[me].lost -> /* asked again; a TAKE needs nothing said of it */
           if
           :: slots[me].lost = 0; slots[me].step = (slots[me].step == HELD -> SEND : slots[me].step)
           :: slots[me].step == REPORT -> slot_take(me) /* REPORT_TRIES */
           fi
       }
    :: atomic { !completed && slots[me].step == PAUSED && !unmoved -> unmoved = 1; slot_take(me) }
    :: completed -> break
    od
}

/* ---- the coordinator ---- */

inline slice_ahead() /* cut anywhere: by the size of the rows of late */
{
    do
    :: slice_from < ROWS -> book[slice_from].is = 1; book[slice_from].last = slice_from; slice_from++
    :: slice_from < ROWS - 1 ->
           book[slice_from].is = 1; book[slice_from].last = slice_from + 1; slice_from = slice_from + 2
    :: slice_from >= ROWS -> break
    od
}

inline begin_at(next)
{
    book_clear(); slice_from = next; slice_ahead()
}

inline job_dropped()
{
    has_job = 0; job_runner = 0; slice_from = 0; book_clear()
}

inline recover() /* job_runner_recover() */
{
    if
    :: asking == NOTHING -> asking = ASKED; adopting = !has_job
    :: else
    fi
}

inline note_done(who, lease_no, next, was_failed)
{
    if
    :: has_job && was_failed -> book_give_back(lease_no)
    :: has_job && !was_failed -> book_done(lease_no, next)
    :: else
    fi
}

#define EMPTY (!book[0].is && !book[1].is && !book[2].is)

#define TAKES(s) (slots[s].step == TAKE && !slots[s].lost)
#define REPORTS(s) (slots[s].step == REPORT && !slots[s].lost)

proctype coordinator()
{
    byte i, at, number, who;
    bool used;
    do
    /* give_out(), for the takes that wait; places of a worker are alike: the first one first */
    :: atomic { !completed && TAKES(0) && GIVEN(0) -> who = 0; goto leased }
    :: atomic { !completed && TAKES(1) && (!TAKES(0) || !GIVEN(0)) && GIVEN(1) -> who = 1; goto leased }
    :: atomic { !completed && TAKES(2) && GIVEN(2) -> who = 2;
leased:    slot_leased(who); who = 0
       }
    /* coordinator_on_done(), and its answer */
    :: atomic { !completed && REPORTS(0) -> who = 0; goto noted }
    :: atomic { !completed && REPORTS(1) -> who = 1; goto noted }
    :: atomic { !completed && REPORTS(2) -> who = 2;
noted:     note_done(who, slots[who].lease, slots[who].upto, slots[who].failed); slot_take(who); who = 0
       }
    :: atomic { !completed && asking == FOUND -> /* on_unfinished() */
           asking = NOTHING;
           if
           :: has_job && found_runner != job_runner -> job_dropped(); recover()
           :: has_job && found_runner == job_runner -> /* compare() */
                  at = 0;
                  do
                  :: at < slice_from && !book[at].is -> at++
                  :: else -> break
                  od;
                  if
                  :: found_next < at -> at = 0; begin_at(found_next)
                  :: else -> at = 0; book_committed(found_next)
                  fi
           :: !has_job && adopting -> has_job = 1; job_runner = found_runner; begin_at(found_next)
           :: !has_job && !adopting -> recover()
           fi;
           found_runner = 0; found_next = 0
       }
    /* sync.progress: on_our_record() */
    :: atomic { !completed && has_job && ((book[0].is && book[0].last < next_id) || (book[1].is && book[1].last < next_id) ||
                (book[2].is && book[2].last < next_id)) -> book_committed(next_id) }
    /* lease_book_expire(), or lease_book_worker_gone() */
    :: atomic { !completed && (ENDED(0) || UNNAMED(0)) -> book_free(0) }
    :: atomic { !completed && (ENDED(1) || UNNAMED(1)) -> book_free(1) }
    :: atomic { !completed && (ENDED(2) || UNNAMED(2)) -> book_free(2) }
    /* a tick: nobody answered; check_stall(): the job runs, and yet all is done or nothing is committed */
    :: atomic { !completed && asking == NOTHING && (!has_job || ((EMPTY || unmoved) && timeout)) ->
           unmoved = 0; recover() }
    :: completed -> break
    od
}

/* ---- the history ---- */

/* The batch of place `s` was committed, or never will be; who waits for it is told. */
inline answer_committed()
{
    for (i : 0 .. SLOTS - 1) {
        if
        :: slots[i].step == HELD && !slots[i].lost && (slots[i].first < next_id || completed) -> slot_committed(i)
        :: slots[i].step == HELD && slots[i].lost && (slots[i].first < next_id || completed) -> slots[i].step = SEND
        :: else
        fi
    }
    i = 0
}

inline commit_one(from, to, with_end) /* one transaction */
{
    assert(from == next_id && to < ROWS);
    for (i : from .. to) { committed[i]++; assert(committed[i] == 1) }
    next_id = to + 1; unmoved = 0;
    completed = completed || with_end
}

/* commit_group(): whatever is due, as far as it goes. */
inline commit_waiting()
{
    at = 0;
    do
    :: at < SLOTS && slots[at].step == HELD && slots[at].first == next_id && !completed ->
           commit_one(slots[at].first, slots[at].upto, slots[at].ends); at = 0
    :: at < SLOTS && !(slots[at].step == HELD && slots[at].first == next_id && !completed) -> at++
    :: else -> break
    od;
    at = 0;
    answer_committed()
}

#define KNOWN(last) (last < next_id || completed)

inline take_batch(who)
{
    if
    :: KNOWN(slots[who].upto) -> slot_committed(who)
    :: !KNOWN(slots[who].upto) && slots[who].runner != runner_now ->
           slot_take(who); slots[who].step = PAUSED /* STALE_ATTEMPT: pause_slot() */
    :: !KNOWN(slots[who].upto) && slots[who].runner == runner_now && slots[who].first < next_id -> slot_committed(who) /* STRADDLES */
    :: else -> slots[who].step = HELD; commit_waiting()
    fi
}

/* A copy whose asker waits stays; who has the same rows asks again until it is gone. */
#define COPY_IN(o, s) (o != s && slots[o].step == HELD && !slots[o].lost && slots[o].first == slots[s].first)
#define COPY(s) (COPY_IN(0, s) || COPY_IN(1, s) || COPY_IN(2, s))
#define SENT(s) (slots[s].step == SEND && !slots[s].lost && !(slots[s].runner == runner_now && COPY(s)))

inline adopt() /* lifecycle_adopt(): what waits is refused */
{
    runner_now++;
    for (i : 0 .. SLOTS - 1) {
        if
        :: slots[i].step == HELD && !slots[i].lost -> slot_take(i)
        :: slots[i].step == HELD && slots[i].lost -> slots[i].step = SEND
        :: else
        fi
    }
    i = 0
}

proctype history()
{
    byte i, at, who;
    do
    :: atomic { !completed && SENT(0) -> who = 0; goto taken }
    :: atomic { !completed && SENT(1) -> who = 1; goto taken }
    :: atomic { !completed && SENT(2) -> who = 2;
taken:     take_batch(who); who = 0
       }
    :: atomic { !completed && asking == ASKED -> /* jobs.unfinished */
           if
           :: adopting -> adopt()
           :: else
           fi;
           asking = FOUND; found_runner = runner_now; found_next = next_id
       }
    :: completed -> break
    od;
    assert(next_id == ROWS);
    for (i : 0 .. ROWS - 1) { assert(committed[i] == 1) }
}

/* ---- what goes wrong ---- */

inline late_commit(k)
{
    if
    :: KNOWN(late[k].upto) || late[k].runner != runner_now || late[k].first < next_id
    :: else -> /* it waits, or is due */
           if
           :: late[k].first == next_id ->
                  commit_one(late[k].first, late[k].upto, late[k].ends); commit_waiting()
           :: else
           fi
    fi
}

inline forget_late(k)
{
    late[k].what = 0; late[k].slot = 0; late[k].lease = 0; late[k].runner = 0; late[k].first = 0;
    late[k].upto = 0; late[k].life = 0; late[k].ends = 0; late[k].failed = 0
}

proctype trouble()
{
    byte i, k, at, s, number;
    bool used;
    do
    :: atomic { !completed && faults > 0 -> /* a request or its answer is lost, or overtaken by the next one */
           faults--;
           select(s : 0 .. SLOTS - 1);
           if
           :: slots[s].lost = 1
           :: slots[s].step == TAKE -> slot_sent_late(s, GRANT)
           :: slots[s].step == SEND -> slot_sent_late(s, COMMIT)
           :: slots[s].step == REPORT -> slot_sent_late(s, DONE)
           fi;
           s = 0
       }
    /* late ones are taken; nobody waits for an answer */
    :: atomic { !completed && late[0].what != 0 -> k = 0; goto arrived }
    :: atomic { !completed && late[1].what != 0 -> k = 1;
arrived:
           if
           :: late[k].what == COMMIT -> late_commit(k)
           :: late[k].what == DONE -> note_done(late[k].slot, late[k].lease, late[k].upto, late[k].failed)
           :: late[k].what == GRANT && late[k].life == life[late[k].slot / PLACES] && GIVEN(late[k].slot) ->
                  book_grant(late[k].slot)
           :: late[k].what == ADOPT -> adopt()
           :: else
           fi;
           forget_late(k); at = 0; i = 0; k = 0
       }
    :: atomic { !completed && faults > 0 -> /* an answer is lost: what it told has happened */
           faults--;
           if
           :: asking == FOUND -> asking = NOTHING; found_runner = 0; found_next = 0
           :: asking == ASKED -> asking = NOTHING
           :: else
           fi
       }
    :: atomic { !completed && faults > 0 -> /* a worker is killed; another one takes its place */
           faults--;
           if
           :: life[0]++; slot_take(0); slot_take(1)
           :: slots[2].step != DEAD -> life[1]++; slot_take(2)
           :: life[1]++; slot_take(2); slots[2].step = DEAD /* for ever */
           fi
       }
    :: atomic { !completed && faults > 0 -> /* a lease ends under a worker that lives */
           faults--;
           select(k : 0 .. ROWS - 1);
           if
           :: book[k].is -> book_free(k)
           :: else
           fi;
           k = 0
       }
    :: atomic { !completed && faults > 0 -> /* the coordinator is killed */
           faults--;
           job_dropped(); asking = NOTHING; found_runner = 0; found_next = 0;
           recover()
       }
    :: atomic { !completed && faults > 0 -> /* the history is killed */
           faults--;
           for (i : 0 .. SLOTS - 1) {
               if
               :: slots[i].step == HELD -> slots[i].step = SEND
               :: else
               fi
           }
           i = 0;
           if
           :: recover() /* its coming back is heard */
           :: skip
           fi
       }
    :: atomic { !completed && faults > 0 -> /* the broker is killed */
           faults--;
           for (i : 0 .. SLOTS - 1) { slots[i].lost = 1 }
           i = 0;
           forget_late(0); forget_late(1);
           asking = NOTHING; found_runner = 0; found_next = 0
       }
    :: atomic { !completed && faults > 0 && asking == ASKED && adopting && late[0].what == 0 ->
           faults--; late[0].what = ADOPT; asking = NOTHING }
    :: completed -> break
    :: faults == 0 && late[0].what == 0 && late[1].what == 0 -> break
    od
}

init
{
    atomic {
        byte i;
        for (i : 0 .. SLOTS - 1) { slots[i].step = TAKE }
        for (i : 0 .. SLOTS - 1) { run worker(i) }
        run coordinator();
        run history();
        run trouble()
    }
}
