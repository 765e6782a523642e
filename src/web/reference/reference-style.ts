/**
 * Rules beside the style sheet of Swagger UI. Most of them darken or lighten a colour that is too close to its ground (WCAG 2.2, 1.4.3),
 * or let a part fit a narrow window.
 */
const methods = { post: '#176b41', get: '#1f5aa6', delete: '#b3261e', patch: '#0b6a5c', put: '#8a5200' }

const methodColours = Object.entries(methods)
  .map(
    ([name, colour]) =>
      `.swagger-ui .opblock-${name} .opblock-summary .opblock-summary-method { background: ${colour}; color: #fff }`,
  )
  .join('\n')

export const referenceStyle = `.sign-in h2 { margin-top: 0 }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); column-gap: 1rem }
/* This server is the only one, so there is nothing to choose. */
.swagger-ui .servers, .swagger-ui .servers-title { display: none }
.swagger-ui .wrapper, .swagger-ui .wrapper .block { padding: 0 }
.swagger-ui .btn { transition: none }
.swagger-ui .download-contents { background: #2a4bb0; color: #fff }
.swagger-ui .info { margin: 1.5rem 0 }
.swagger-ui .scheme-container { padding: 0; margin: 0; box-shadow: none; background: none }
${methodColours}
.swagger-ui .info .title small { background: #565d69 }
.swagger-ui .info .title small.version-stamp { background: #4b6800 }
.swagger-ui .info a, .swagger-ui .info .link, .swagger-ui .info .link .url { color: var(--accent) }
.swagger-ui .parameter__in, .swagger-ui .parameter__type, .swagger-ui .response-col_links { color: var(--quiet) }
.swagger-ui .btn.authorize { color: var(--accent); border-color: var(--accent) }
.swagger-ui .btn.authorize svg { fill: var(--accent) }
.swagger-ui .btn.execute { background: #2a4bb0; border-color: #2a4bb0; color: #fff }
.swagger-ui .btn.cancel { color: #b3261e; border-color: #b3261e }
html.dark-mode .swagger-ui .opblock .opblock-section-header .btn.try-out__btn.cancel { color: #ffb3ad; border-color: #ffb3ad }
html.dark-mode .swagger-ui .btn.try-out__btn:not(.cancel), html.dark-mode .swagger-ui .headers .header-col { color: var(--text) }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ff9d9d !important }
html:not(.dark-mode) .swagger-ui :is(.renderedMarkdown, .response-control-media-type__accept-message) code { color: #6b1fc0 }
html:not(.dark-mode) .swagger-ui .response-control-media-type__accept-message { color: #176b41 }
@media (max-width: 40rem) {
  .swagger-ui .opblock-tag { flex-wrap: wrap }
  .swagger-ui .opblock-tag small { flex-basis: 100%; order: 1; padding: 0 }
  .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; padding: .5rem }
  .swagger-ui .opblock-description-wrapper, .swagger-ui .table-container, .swagger-ui .responses-inner { padding: .5rem }
  .swagger-ui .table-container, .swagger-ui .responses-inner { overflow-x: auto }
  .swagger-ui .response-col_links { display: none }
  .swagger-ui table:not(.model table) > tbody > tr > td, .swagger-ui table.parameters > thead > tr > th { padding: .4rem }
}
`
