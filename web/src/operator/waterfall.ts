import type { Schemas } from '../api/types';
import { timeline, type Timeline } from './timeline';

export type Span = Schemas['Span'];

/** A span as it is drawn. */
export interface Row {
  /** The span's id and, as a caller may use one id for both sides of a call, which of the spans with that id it is. */
  key: string;
  span: Span;
  /** 0 for a span that nothing here has caused. */
  depth: number;
  /** Where the bar begins and how long it is, as parts of the chart's width. */
  offset: number;
  width: number;
  /** How long after the trace began, in microseconds. */
  startUs: number;
  /** Which of the colours is the service's: its place among the services of the trace. */
  colour: number;
  /** The span names a parent that is not among the trace's spans. */
  orphan: boolean;
  /** By how much the bar was moved because the service's clock is not that of the caller's, in microseconds; 0: not at all. */
  movedUs: number;
}

export interface Waterfall {
  rows: Row[];
  timeline: Timeline;
}

/** How many services have a colour of their own; after that the colours begin again. */
export const colours = 8;

const narrowest = 0.002; // of the width: what took microseconds of a second must still be seen

interface Node {
  key: string;
  span: Span;
  start: number;
  end: number;
  moved: number;
  orphan: boolean;
  children: Node[];
}

/** Lays the spans of a trace out, each below what caused it and, among its siblings, in the order of time. */
export function waterfall(spans: readonly Span[]): Waterfall {
  const roots = forest(spans);
  roots.forEach(correctClocks);
  const nodes = flatten(roots);
  const axis = timeline(nodes.map(({ node }) => node));
  const services = [...new Set(spans.map(({ service }) => service))].sort();
  return {
    timeline: axis,
    rows: nodes.map(({ node, depth }) => {
      const width = Math.max(axis.place(node.end) - axis.place(node.start), narrowest);
      return {
        key: node.key,
        span: node.span,
        depth,
        offset: Math.min(axis.place(node.start), 1 - width),
        width,
        startUs: node.start - axis.begin,
        colour: services.indexOf(node.span.service) % colours,
        orphan: node.orphan,
        movedUs: node.moved,
      };
    }),
  };
}

/** The spans in which the trouble began: those that failed though nothing that they caused did. */
export function culprits(rows: readonly Row[]): Row[] {
  const failed = rows.filter(({ span }) => span.failed);
  const blamed = new Set(failed.map(({ span }) => span.parent_id));
  return failed.filter(({ span }) => !blamed.has(span.id));
}

/** Ties the spans to what caused them. */
function forest(spans: readonly Span[]): Node[] {
  const seen = new Map<string, number>();
  const nodes = spans.map((span): Node => {
    const start = micros(span.started_at);
    const before = seen.get(span.id) ?? 0;
    seen.set(span.id, before + 1);
    return { key: `${span.id}-${before}`, span, start, end: start + span.duration_us, moved: 0, orphan: false, children: [] };
  });
  const byID = new Map(nodes.map((node) => [node.span.id, node]));
  const parents = new Map<Node, Node>();
  const roots = nodes.filter((node) => {
    const parent = byID.get(node.span.parent_id ?? '');
    // What comes from outside may name itself, or its own child, as its parent: drawn as a tree that would have no end.
    if (parent === undefined || isAmong(node, parent, parents)) {
      node.orphan = node.span.parent_id !== undefined;
      return true;
    }
    parents.set(node, parent);
    parent.children.push(node);
    return false;
  });
  nodes.forEach(({ children }) => children.sort(byStart));
  return roots.sort(byStart);
}

/** Tells whether the node is the descendant, or one of those above it. */
function isAmong(node: Node, descendant: Node, parents: ReadonlyMap<Node, Node>): boolean {
  for (let above: Node | undefined = descendant; above !== undefined; above = parents.get(above)) {
    if (above === node) {
      return true;
    }
  }
  return false;
}

function byStart(a: Node, b: Node): number {
  return a.start - b.start;
}

/**
 * Nothing begins before what caused it. Where a span of another service does, the clocks of the two machines differ; it is
 * moved, with what its service did below it, into the middle of the call if it fits there, and else to the call's begin.
 */
function correctClocks(parent: Node): void {
  for (const child of parent.children) {
    if (child.start < parent.start && child.span.service !== parent.span.service) {
      const spare = parent.end - parent.start - (child.end - child.start);
      move(child, parent.start + Math.max(0, Math.floor(spare / 2)) - child.start);
    }
    correctClocks(child);
  }
  parent.children.sort(byStart);
}

function move(node: Node, by: number): void {
  node.start += by;
  node.end += by;
  node.moved += by;
  node.children.filter(({ span }) => span.service === node.span.service).forEach((child) => move(child, by));
}

function flatten(nodes: readonly Node[], depth = 0): { node: Node; depth: number }[] {
  return nodes.flatMap((node) => [{ node, depth }, ...flatten(node.children, depth + 1)]);
}

/** The time in microseconds since 1970, of which a Date would keep the milliseconds only. */
export function micros(time: string): number {
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  const whole = Date.parse(time.replace(/\.\d+/, ''));
  return whole * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
