import { UsageError } from './exit.ts'

/** A whole number of an option. @throws UsageError */
export function whole(option: string, text: string, least: number): number {
  const value = Number(text.replaceAll('_', ''))
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${option} is '${text}', expected a whole number of at least ${least}`)
  return value
}

/** A number of an option. @throws UsageError */
export function real(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new UsageError(`${option} is '${text}', expected a number of at least ${least}`)
  return value
}

/** `1,2,3`, or the same with spaces. @throws UsageError */
export function ids(option: string, text: string): number[] {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => whole(option, part, 0))
}
