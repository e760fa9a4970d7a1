/** `1.5 MiB` */
export function bytes(count: number): string {
  return scaled(count, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
}

/** `1.23 G`: for parameters and operations. */
export function amount(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T', 'P'])
}

function scaled(count: number, step: number, units: readonly string[]): string {
  let value = count
  let unit = 0
  while (Math.abs(value) >= step && unit < units.length - 1) {
    value /= step
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit]}`.trim()
}
