# One image for every role; ROLES decides what a container does (see docs/deployment.md).
FROM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json .swcrc ./
COPY src ./src
COPY migrations ./migrations
RUN npx nest build

FROM base AS packages
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM base
LABEL org.opencontainers.image.title="Muster" \
      org.opencontainers.image.description="Self-hosted chat-and-location backend"
ENV NODE_ENV=production \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    MUSTER_HOME=/var/lib/muster
# ffmpeg takes out of films where they were made, and makes their previews
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
RUN mkdir -p "$MUSTER_HOME" && chown node:node "$MUSTER_HOME"
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY i18n ./i18n
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8000
VOLUME ["/var/lib/muster"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Muster handles SIGTERM itself, and waits for the programs that it starts (ffmpeg, processes for pictures and passwords), so it needs no
# init; `docker run --init` does no harm.
CMD ["node", "dist/src/main.js"]
