const key = 'myevents.timing-data';

interface Wishes {
  globalPrivacyControl?: boolean;
  doNotTrack?: string | null;
}

/** Whether the browser itself asks not to be tracked, by Do Not Track or Global Privacy Control. That is final. */
export function refusedByBrowser(browser: Wishes = navigator as Wishes): boolean {
  return browser.globalPrivacyControl === true || browser.doNotTrack === '1';
}

/** Whether the page may send timing data, as far as its visitor is concerned. */
export function mayTrace(): boolean {
  try {
    return !refusedByBrowser() && localStorage.getItem(key) !== 'no';
  } catch {
    return false; // who lets no site keep anything wants no more than that said
  }
}

/** Keeps the visitor's choice in this browser. */
export function chooseTracing(yes: boolean): void {
  if (yes) {
    localStorage.removeItem(key);
  } else {
    localStorage.setItem(key, 'no');
  }
}
