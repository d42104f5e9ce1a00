/** The parts of JSON Schema that the scenario's schema uses. */
interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  prefixItems?: SchemaNode[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  $defs?: Record<string, SchemaNode>;
}

/** Above this a limit is there only because numbers end somewhere. */
const LIMIT_SHOWN = 1e9;

/** What a page on the keys of a kind of file begins with. */
export interface ReferenceHead {
  title: string;
  /** The command that prints the page. */
  command: string;
  /** The page beside it that explains. */
  explainedIn: string;
}

export const scenarioReference: ReferenceHead = {
  title: 'Keys of a scenario',
  command: 'podwire schema --format markdown',
  explainedIn: 'scenario-language.md',
};

export const studyReference: ReferenceHead = {
  title: 'Keys of a study',
  command: 'podwire schema study --format markdown',
  explainedIn: 'studies.md',
};

/** The keys of files as a Markdown page, made of their JSON Schema. */
export function renderSchemaReference(
  schema: Record<string, unknown>,
  { title, command, explainedIn }: ReferenceHead,
): string {
  const root = schema as SchemaNode;
  const lines = [
    `# ${title}`,
    '',
    `Made from the JSON Schema by \`${command}\`.`,
    `[${explainedIn}](${explainedIn}) explains how they play together. A key in **bold** must be there.`,
  ];
  for (const { path, node, note, sameAs } of sectionsOf(root, '', undefined, new Map())) {
    lines.push('', `## ${path === '' ? 'Top level' : `\`${path}\``}${note ?? ''}`, '');
    if (sameAs !== undefined) {
      lines.push(`As \`${sameAs}\`.`);
      continue;
    }
    if (node.description !== undefined && path !== '') lines.push(node.description, '');
    lines.push('| key | value | meaning |', '| --- | --- | --- |');
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      const name = node.required?.includes(key) ? `**\`${key}\`**` : `\`${key}\``;
      lines.push(`| ${name} | ${escapeCell(kindOf(value))} | ${escapeCell(value.description ?? '')} |`);
    }
  }
  lines.push('', '## Kinds of value', '', '| kind | what it looks like |', '| --- | --- |');
  for (const [name, node] of Object.entries(root.$defs ?? {})) {
    lines.push(`| ${words(name)} | ${escapeCell(node.description ?? '')} |`);
  }
  return `${lines.join('\n')}\n`;
}

interface Section {
  path: string;
  node: SchemaNode;
  note: string | undefined;
  /** Where the same keys stand already. */
  sameAs?: string;
}

/**
 * Every object with keys of its own, the outer before the inner.
 * @param places of the objects that there were, by their JSON: a queueing discipline may stand in ten places
 */
function* sectionsOf(
  node: SchemaNode,
  path: string,
  note: string | undefined,
  places: Map<string, string>,
): Generator<Section> {
  if (node.properties !== undefined) {
    const content = JSON.stringify(node.properties);
    const sameAs = places.get(content);
    yield { path, node, note, sameAs };
    if (sameAs !== undefined) return;
    places.set(content, path);
    for (const [key, value] of Object.entries(node.properties)) {
      yield* sectionsOf(value, path === '' ? key : `${path}.${key}`, undefined, places);
    }
  }
  if (typeof node.additionalProperties === 'object') {
    yield* sectionsOf(node.additionalProperties, `${path}.NAME`, undefined, places);
  }
  if (node.items !== undefined) yield* sectionsOf(node.items, `${path}[]`, undefined, places);
  for (const choice of node.anyOf ?? []) yield* sectionsOf(choice, path, ' as a map', places);
  for (const choice of node.oneOf ?? []) {
    yield* sectionsOf(choice, path, ` of kind ${String(choice.properties?.kind?.const)}`, places);
  }
}

/** A few words for the values that a key takes. */
function kindOf(node: SchemaNode): string {
  if (node.$ref !== undefined) return words(node.$ref.slice('#/$defs/'.length));
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ');
  if (node.prefixItems !== undefined) return `[${node.prefixItems.map(kindOf).join(', ')}]`;
  if (node.items !== undefined) return `list of ${kindOf(node.items)}`;
  if (node.type === 'array') return 'list';
  if (node.type === 'integer') return `whole number${rangeOf(node)}`;
  if (node.type === 'object') return node.properties === undefined ? 'map by name' : 'map';
  if (node.type === 'boolean') return '`true`, `false`';
  return Array.isArray(node.type) ? node.type.join(' or ') : 'text';
}

function rangeOf({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined || maximum === undefined) return '';
  return maximum < LIMIT_SHOWN ? ` from ${minimum} to ${maximum}` : ` from ${minimum}`;
}

/** `PositiveDuration` as `positive duration`. */
function words(name: string): string {
  const text = name.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return text.replace(/^mac /, 'MAC ').replace(/^ipv4 /, 'IPv4 ');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
