/** A stretch of time in which something happened, in microseconds. */
export interface Stretch {
  start: number;
  end: number;
}

/** A pause in which nothing happened, drawn much shorter than it was. */
export interface Cut {
  /** Where it is drawn, as a part of the width. */
  at: number;
  width: number;
  pauseUs: number;
}

/** The time of a trace from left to right. */
export interface Timeline {
  begin: number;
  end: number;
  cuts: Cut[];
  /** Where a time is drawn, from 0 to 1. */
  place: (time: number) => number;
}

const cutWidth = 0.04;
const longPause = 4; // times everything that happened

/**
 * Makes the line for what happened. A message that waited for an hour as a dead letter is part of the trace of its request of
 * five milliseconds: true to scale, all but the hour would be invisible. So a pause that is much longer than everything
 * that happened is cut short.
 */
export function timeline(stretches: readonly Stretch[]): Timeline {
  const busy = merge(stretches);
  const begin = busy[0]?.start ?? 0;
  const end = busy.at(-1)?.end ?? 0;
  const busyTime = busy.reduce((sum, { start, end: until }) => sum + until - start, 0);

  const pauses = busy
    .slice(1)
    .map(({ start }, i): Stretch => ({ start: busy[i]?.end ?? start, end: start }))
    .filter((pause) => length(pause) > longPause * busyTime);
  const cutShare = Math.min(cutWidth, 0.5 / Math.max(pauses.length, 1));
  const drawn = end - begin - pauses.reduce((sum, pause) => sum + length(pause), 0);
  const scale = drawn > 0 ? (1 - cutShare * pauses.length) / drawn : 0;

  const place = (time: number) => {
    let at = (time - begin) * scale;
    for (const pause of pauses) {
      const passed = Math.min(Math.max(time - pause.start, 0), length(pause));
      at += passed * (cutShare / length(pause) - scale);
    }
    return Math.min(Math.max(at, 0), 1);
  };
  return {
    begin,
    end,
    place,
    cuts: pauses.map((pause) => ({ at: place(pause.start), width: cutShare, pauseUs: length(pause) })),
  };
}

function length({ start, end }: Stretch): number {
  return end - start;
}

/** The stretches in the order of time, those that touch as one. */
function merge(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && stretch.start <= last.end) {
      last.end = Math.max(last.end, stretch.end);
    } else {
      merged.push({ start: stretch.start, end: stretch.end });
    }
  }
  return merged;
}
