/**
 * The state folder, as the engine uses it: small files under relative paths such as `journal/3fa2.jsonl`. Every write
 * is durable before it returns, and every file is for its owner only.
 */
export interface Folder {
  /** `undefined` when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Makes a file that does not exist; `false` when it does, which is then untouched. */
  create(path: string, bytes: Uint8Array): Promise<boolean>
  /** The old content or the new, never a part: also after a crash. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** A crash can leave a part of `bytes` at the end of the file. */
  append(path: string, bytes: Uint8Array): Promise<void>
  /** Names of the files in a folder; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** No failure when there is no such file. */
  remove(path: string): Promise<void>
}

/** The calls of `src/system/files.ts` that a folder on disk is made of. */
export interface FileCalls {
  readBytes(path: string): Promise<Uint8Array | undefined>
  createFile(path: string, bytes: Uint8Array): Promise<boolean>
  replaceFile(path: string, bytes: Uint8Array): Promise<void>
  openAppend(path: string): Promise<{ append(bytes: Uint8Array): Promise<void>; close(): Promise<void> }>
  makeFolder(path: string): Promise<void>
  listFolder(path: string): Promise<readonly string[]>
  removeFile(path: string): Promise<unknown>
}

/** The folder at `root`, an absolute path. Folders are made when the first file is written. */
export function folderAt(root: string, calls: FileCalls): Folder {
  const at = (path: string): string => `${root}/${path}`
  const makeParent = (path: string): Promise<void> => calls.makeFolder(at(path).slice(0, at(path).lastIndexOf('/')))
  return {
    read: (path) => calls.readBytes(at(path)),
    async create(path, bytes) {
      await makeParent(path)
      return calls.createFile(at(path), bytes)
    },
    async replace(path, bytes) {
      await makeParent(path)
      await calls.replaceFile(at(path), bytes)
    },
    async append(path, bytes) {
      const file = await calls.openAppend(at(path))
      await file.append(bytes).finally(() => file.close())
    },
    list: (folder) => calls.listFolder(at(folder)),
    async remove(path) {
      await calls.removeFile(at(path))
    },
  }
}
