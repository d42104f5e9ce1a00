import { paletteCss } from '../chart/palette.ts';

/** The style sheet of the page, for phones and desktops, light and dark. */
export const pageStyle = `${paletteCss(':root')}
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px 20px 64px;background:var(--page);color:var(--text);
 font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:40px 0 12px}
h3{font-size:.95rem;margin:0 0 6px;overflow-wrap:anywhere}
p{margin:6px 0}
.facts,.note{color:var(--muted)}
.note{font-size:.87rem}
.warning{border-left:3px solid var(--c1);padding-left:10px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:16px}
.chart{background:var(--panel);border:1px solid var(--grid);border-radius:8px;padding:12px;min-width:0}
.chart.main{grid-column:1/-1}
.plot{min-height:260px;overflow:hidden}
.wide{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:5px 12px 5px 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid);vertical-align:top}
th{font-weight:600;color:var(--muted)}
th.text,td.text{text-align:left}
code{font:.85em/1.45 ui-monospace,"Cascadia Mono",Menlo,monospace}
pre{margin:8px 0;padding:10px 12px;background:var(--panel);border:1px solid var(--grid);border-radius:6px;
 white-space:pre-wrap;overflow-wrap:anywhere}
select{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--muted);border-radius:6px;
 padding:6px 8px;max-width:100%}
label{display:inline-flex;flex-wrap:wrap;gap:8px;align-items:center;margin-bottom:8px;max-width:100%}
.topology text{font-size:12px;text-anchor:middle;fill:var(--text)}
.topology .name{font-weight:600}
.topology .detail,.topology .cable-label{fill:var(--muted);font-size:11px}
.topology rect{fill:var(--panel);stroke:var(--muted)}
.topology .lan{stroke:var(--c0)}.topology .router{stroke:var(--c1)}.topology .node{stroke:var(--c5)}
.topology .pod,.topology .pods{stroke:var(--c2)}
.topology .cable{stroke:var(--muted);stroke-width:1.5}.topology .veth{stroke:var(--grid)}
.uplot,.u-wrap{max-width:100%}
.u-legend{font-size:12px;text-align:left!important}
.u-legend .u-value{font-variant-numeric:tabular-nums}
.u-inline tr{margin-right:12px}
.u-legend th{color:var(--text)}
.u-hz .u-cursor-x,.u-vt .u-cursor-y{border-right-color:var(--muted)!important}
.u-hz .u-cursor-y,.u-vt .u-cursor-x{border-bottom-color:var(--muted)!important}
@media(max-width:520px){body{padding:16px 12px 48px}.chart{padding:8px}h1{font-size:1.3rem}}
`;
