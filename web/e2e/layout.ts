import type { Page } from '@playwright/test';

interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: Node }[];
}

/** How much of a page moved by itself while it loaded, and what did: https://web.dev/articles/cls. */
export interface Shift {
  score: number;
  moved: string[];
}

/** Measures the layout of all pages that the page loads from now on. */
export async function measureLayout(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shift: Shift = { score: 0, moved: [] };
    Object.assign(globalThis, { shift });
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as LayoutShift[]) {
        if (!hadRecentInput) {
          shift.score += value;
          const nodes = sources.map(({ node }) => (node instanceof Element ? node.outerHTML : String(node?.textContent)));
          shift.moved.push(`${value.toFixed(3)}: ${nodes.map((node) => node.slice(0, 120)).join(' | ')}`);
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** What has moved since the page was loaded. */
export function layoutShift(page: Page): Promise<Shift> {
  return page.evaluate(() => (globalThis as unknown as { shift: Shift }).shift);
}

/** The elements that make the page scroll sideways. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) {
      return [];
    }
    const tooWide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > room + 1);
    return tooWide.slice(-5).map((element) => element.outerHTML.slice(0, 200));
  });
}
