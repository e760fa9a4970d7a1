export { applyTransforms } from './apply.ts'
export { compareWithFile } from './file.ts'
export { resolveCheckpoint } from './resolve.ts'
