// Edits outlive the page: each tab keeps what it has drawn in the browser's storage, apart from other tabs.
//
// A record is {tab, page, at (ms), session, rev, n, base, extra, doc}. `n` counts the edits of a session, so that the
// newer of two states is known; `base` names the music that the edits began from.

const DAYS = 14;
const KEPT = 8; // of one editor, by other tabs
const MOST = 24; // of all editors: every recording has one of its own, and most are never opened again
const HOME = "musegen.editor.";
const random = () => Math.random().toString(36).slice(2, 10);

/** Return storage that forgets, for browsers that allow none. */
function fallback() {
  const items = new Map();
  return {
    getItem: (k) => items.get(k) ?? null,
    setItem: (k, v) => items.set(k, v),
    removeItem: (k) => items.delete(k),
    key: (i) => [...items.keys()][i],
    get length() {
      return items.size;
    },
  };
}

function storage(name) {
  try {
    const found = /** @type {Storage} */ (/** @type {any} */ (window)[name]);
    found.getItem("musegen");
    return found;
  } catch {
    return fallback();
  }
}

/** What one editor has kept in this browser. */
export class EditorStore {
  constructor(key, { local = storage("localStorage"), session = storage("sessionStorage"), now = Date.now } = {}) {
    this.key = key;
    this.local = local;
    this.session = session;
    this.now = now;
    this.page = random();
    this.seen = now();
    this.prefix = `${HOME}${key}.`;
    this.tab = session.getItem("musegen.tab") || this.newTab();
  }

  newTab() {
    const tab = random();
    try {
      this.session.setItem("musegen.tab", tab);
    } catch {
      // A full storage: the tab has its name for as long as the page is open.
    }
    return tab;
  }

  read(name) {
    try {
      const record = JSON.parse(this.local.getItem(name));
      return record && Array.isArray(record.doc?.notes) && Array.isArray(record.doc?.tracks) ? record : null;
    } catch {
      return null;
    }
  }

  /** What this tab kept. */
  own() {
    return this.read(this.prefix + this.tab);
  }

  /** What other tabs kept, newest first; with a shorter prefix what other editors kept too. */
  others(prefix = this.prefix) {
    const found = [];
    for (let i = 0; i < this.local.length; i++) {
      const name = this.local.key(i);
      if (!name?.startsWith(prefix) || name === this.prefix + this.tab) continue;
      const record = this.read(name);
      if (record) found.push({ ...record, name });
    }
    return found.sort((a, b) => b.at - a.at);
  }

  /** Keep {session, rev, n, base, extra, doc}; false where the browser has no room. */
  save(fields) {
    const mine = this.own();
    // A tab that was doubled has the name of its twin: it takes one of its own instead of writing over the other.
    if (mine && mine.page !== this.page && mine.at > this.seen) this.tab = this.newTab();
    const record = { tab: this.tab, page: this.page, at: this.now(), ...fields };
    this.seen = record.at;
    if (!this.write(JSON.stringify(record))) return false;
    this.prune(this.others(), KEPT);
    if (!this.pruned) this.prune(this.others(HOME), MOST);
    this.pruned = true;
    return true;
  }

  /** Write this tab's record; where there is no room the oldest of the others make some. */
  write(text) {
    let others = null;
    for (;;) {
      try {
        this.local.setItem(this.prefix + this.tab, text);
        return true;
      } catch {
        others ??= this.others(HOME);
        if (!others.length) return false;
        this.local.removeItem(others.pop().name);
      }
    }
  }

  prune(records, most) {
    records.forEach((record, i) => {
      if (i >= most || this.now() - record.at > DAYS * 864e5) this.local.removeItem(record.name);
    });
  }

  /**
   * Say what to do with what was kept, given what the server has: {kind: "none"}, {kind: "restore", record} for what
   * this tab had drawn, or {kind: "offer", record} for what another one had and is not shown already.
   */
  decide({ session, rev, n, base, doc }) {
    const own = this.own();
    if (own && own.session === session) {
      return own.rev === rev && own.n > n ? { kind: "restore", record: own } : { kind: "none" };
    }
    if (rev > 0 || n > 0) return { kind: "none" };
    if (own && own.base === base) return { kind: "restore", record: own };
    const declined = this.session.getItem(`${this.prefix}declined`);
    const music = (drawn) => JSON.stringify(
      drawn?.notes.map(({ track, pitch, onset, duration, velocity }) => [track, pitch, onset, duration, velocity]),
    );
    const other = this.others().find(
      (r) => r.base === base && r.doc.notes.length && r.n > 0 && music(r.doc) !== music(doc),
    );
    return other && declined !== String(other.at) ? { kind: "offer", record: other } : { kind: "none" };
  }

  /** Offer a record no more in this tab. */
  decline(record) {
    try {
      this.session.setItem(`${this.prefix}declined`, String(record.at));
    } catch {
      // Offered again at the next reload, no more.
    }
  }
}
