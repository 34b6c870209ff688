// IndexedDB, as little of it as we need: what waits for upload, and the last answers for reading offline.

const NAME = 'linli-phone';
export type Shelf = 'waiting' | 'answers';

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('waiting', { keyPath: 'id' });
      request.result.createObjectStore('answers', { keyPath: 'path' });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error('IndexedDB is closed'));
  });
  return opened;
}

async function run<T>(shelf: Shelf, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  return new Promise((done, fail) => {
    const transaction = db.transaction(shelf, mode, { durability: 'strict' });
    const request = ask(transaction.objectStore(shelf));
    // Done means written, not merely asked for.
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = () => fail(transaction.error ?? new Error('the phone refused to store'));
  });
}

export const put = (shelf: Shelf, value: unknown) => run(shelf, 'readwrite', (s) => s.put(value));
export const remove = (shelf: Shelf, key: string) => run(shelf, 'readwrite', (s) => s.delete(key));
export const clear = (shelf: Shelf) => run(shelf, 'readwrite', (s) => s.clear());
export const get = <T>(shelf: Shelf, key: string) => run<T | undefined>(shelf, 'readonly', (s) => s.get(key));
export const all = <T>(shelf: Shelf) => run<T[]>(shelf, 'readonly', (s) => s.getAll());
