export * from './dim.ts'
export { printDim, printSize } from './print.ts'
