import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { Highlighted, plain } from './Highlighted';

function shown(text: string): HTMLElement {
  return render(<Highlighted text={text} />).container;
}

describe('highlighted text', () => {
  it('marks the matches', () => {
    const { children, textContent } = shown('<mark>Jazz</mark> in the <mark>park</mark>');
    expect([...children].map((mark) => `${mark.tagName} ${mark.textContent}`)).toEqual(['MARK Jazz', 'MARK park']);
    expect(textContent).toBe('Jazz in the park');
  });

  it('shows escaped text as it was written', () => {
    expect(shown('Rock &amp; <mark>Roll</mark> &lt;live&gt; &#34;it&#39;s&#x21;&quot;').textContent).toBe('Rock & Roll <live> "it\'s!"');
  });

  it('never makes elements of what somebody wrote', () => {
    const { children, textContent } = shown('<mark>&lt;img src=x onerror=alert(1)&gt;</mark> &lt;mark&gt;no&lt;/mark&gt;');
    expect(children).toHaveLength(1);
    expect(textContent).toBe('<img src=x onerror=alert(1)> <mark>no</mark>');
  });

  it('does not unescape twice', () => {
    expect(shown('&amp;lt;').textContent).toBe('&lt;');
  });

  it('leaves what is no entity', () => {
    expect(shown('A & B &nothing; &#1114112;').textContent).toBe('A & B &nothing; &#1114112;');
  });

  it('can be compared without its marks', () => {
    expect(plain('<mark>Rock</mark> &amp; Roll')).toBe('Rock & Roll');
  });
});
