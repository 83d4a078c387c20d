import cytoscape from 'cytoscape';
import type { MapElements, MapNode } from './map-elements.ts';

const SHAPES: Readonly<Record<MapNode['role'], cytoscape.Css.NodeShape>> = {
  held: 'diamond',
  critical: 'ellipse',
  cut: 'rectangle',
  reached: 'round-rectangle',
};

/** Colours of the page as it is now. */
function colourOf(place: HTMLElement, name: string): string {
  return getComputedStyle(place).getPropertyValue(name).trim();
}

function stylesOf(place: HTMLElement): cytoscape.StylesheetJson {
  const [text, quiet, red, amber, surface] = ['text', 'quiet', 'red', 'amber', 'surface'].map(
    (name) => colourOf(place, `--${name}`),
  );
  return [
    {
      selector: 'node',
      style: {
        label: 'data(name)',
        shape: (node: cytoscape.NodeSingular) => SHAPES[roleOf(node.data('role'))],
        color: text ?? '',
        'background-color': quiet ?? '',
        'font-size': 11,
        'text-wrap': 'ellipsis',
        'text-max-width': '140px',
        'text-valign': 'bottom',
        'text-margin-y': 4,
        width: 16,
        height: 16,
      },
    },
    {
      selector: 'node[role = "held"], node[role = "critical"]',
      style: { 'background-color': red ?? '' },
    },
    { selector: 'node[role = "cut"]', style: { 'background-color': amber ?? '' } },
    {
      selector: 'edge',
      style: {
        width: 1.5,
        label: 'data(relation)',
        'font-size': 9,
        color: quiet ?? '',
        'line-color': quiet ?? '',
        'target-arrow-color': quiet ?? '',
        'target-arrow-shape': 'triangle',
        'curve-style': 'bezier',
        'text-background-color': surface ?? '',
        'text-background-opacity': 1,
      },
    },
    {
      selector: 'edge[?isClosed]',
      style: {
        'line-color': amber ?? '',
        'target-arrow-color': amber ?? '',
        'line-style': 'dashed',
      },
    },
  ];
}

function roleOf(value: unknown): MapNode['role'] {
  return value === 'held' || value === 'critical' || value === 'cut' ? value : 'reached';
}

/** Draws from left to right, away from what the attacker holds; answers how to take it away again. */
export function drawMap(place: HTMLElement, { nodes, edges }: MapElements): () => void {
  const roots = nodes.filter(({ role }) => role === 'held').map(({ id }) => id);
  const picture = cytoscape({
    container: place,
    elements: [
      ...nodes.map((node) => ({ data: { ...node } })),
      ...edges.map(({ from, to, ...edge }) => ({ data: { source: from, target: to, ...edge } })),
    ],
    style: stylesOf(place),
    layout: {
      name: 'breadthfirst',
      roots,
      directed: true,
      padding: 24,
      spacingFactor: 1.2,
      transform: (_node, { x, y }) => ({ x: y * 3, y: x * 0.7 }),
    },
    minZoom: 0.2,
    maxZoom: 2.5,
    userZoomingEnabled: false,
    autoungrabify: true,
  });
  return () => {
    picture.destroy();
  };
}
