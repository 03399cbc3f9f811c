// Where a package waits until the ledger holds its entry: the browser's private storage for this origin, on disk. What lies
// there is sealed to the recipient. Whatever a failure or a closed tab left is removed when a page comes here next.

const FOLDER = "copies";
const LOCK = "zhilu-copies";

/**
 * Only one copy is made at a time in a browser: so what is found at the start is nobody's any more.
 * @param {(store: CopyStore) => Promise<void>} work
 */
export async function withStore(work) {
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) throw Object.assign(new Error("busy"), { code: "copy-busy" });
    await work(await CopyStore.open());
  });
}

/** Removes what is left, unless a copy is being made in another tab. */
export async function sweep() {
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) await CopyStore.open();
  });
}

export class CopyStore {
  /** @type {FileSystemWritableFileStream|null} */
  #stream = null;

  /** @param {FileSystemDirectoryHandle} folder */
  constructor(folder) {
    this.folder = folder;
    this.name = crypto.randomUUID();
  }

  /** Empty. */
  static async open() {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true }).catch(() => {});
    return new CopyStore(await root.getDirectoryHandle(FOLDER, { create: true }));
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  async write(bytes) {
    if (!this.#stream) {
      const file = await this.folder.getFileHandle(this.name, { create: true });
      this.#stream = await file.createWritable();
    }
    await this.#stream.write(bytes);
  }

  /** What was written, on disk. */
  async file() {
    await this.#stream?.close();
    this.#stream = null;
    return (await this.folder.getFileHandle(this.name)).getFile();
  }

  /** Nothing stays. */
  async discard() {
    await this.#stream?.abort().catch(() => {});
    this.#stream = null;
    await this.folder.removeEntry(this.name).catch(() => {});
  }
}
