import type { InterfaceName } from './interfaces.ts';

/** The file of one captured interface: the placeholders of the name filled in. */
export function captureFileName(template: string, one: InterfaceName): string {
  const values: Record<string, string> = { node: one.node, host: one.namespace, interface: one.interface };
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
