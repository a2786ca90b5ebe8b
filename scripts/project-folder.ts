import path from 'node:path'

/** The folder with package.json. */
export const projectFolder = path.dirname(import.meta.dirname)
