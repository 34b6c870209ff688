// A photo taken with the big button of 待办, on its way to the report page.

let pending: Blob[] = [];

export function putPending(photos: Blob[]): void {
  pending = photos;
}
export function takePending(): Blob[] {
  const taken = pending;
  pending = [];
  return taken;
}
