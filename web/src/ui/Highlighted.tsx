import type { ReactNode } from 'react';

/**
 * Shows what a search has found: the API's HTML-escaped text with the matches in mark elements. It is parsed here, never handed to
 * the browser as HTML, so whatever somebody named an event stays text.
 */
export function Highlighted({ text }: { text: string }): ReactNode {
  return text.split(/(<mark>.*?<\/mark>)/s).map((part, place) => {
    const marked = /^<mark>(.*)<\/mark>$/s.exec(part)?.[1];
    return marked === undefined ? unescaped(part) : <mark key={place}>{unescaped(marked)}</mark>;
  });
}

const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text that was escaped. What is no entity is text already. */
export function unescaped(html: string): string {
  return html.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (entity, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) {
      return characters[name] ?? entity;
    }
    const code = decimal === undefined ? parseInt(hex ?? '', 16) : parseInt(decimal, 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
}

/** What was found without its marks. */
export function plain(text: string): string {
  return unescaped(text.replaceAll(/<\/?mark>/g, ''));
}
