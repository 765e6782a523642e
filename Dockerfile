# Any image with Node 24 and glibc will do. Pin its digest too if your registry tells it: node:…@sha256:…
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/client/package.json packages/client/
COPY packages/verify/package.json packages/verify/
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY .config .config
COPY prisma prisma
COPY src src
RUN npm run generate && npm run build

# Neither dev dependencies nor the embedded Postgres: production has a database of its own. Nor what Prisma carries for
# databases other than Postgres, 55 MB.
FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/client/package.json packages/client/
COPY packages/verify/package.json packages/verify/
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm -r node_modules/@countersign \
  && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*.postgresql.*' -delete

FROM ${BASE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY prisma/migrations prisma/migrations
COPY package.json ./
RUN chmod +x dist/main.js && ln -s /app/dist/main.js /usr/local/bin/countersign
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/main.js", "start"]
