# One image for every part: the gateway, each subgraph, imports. The command says which.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/schema schema
COPY --from=build /app/gateway/playground/public gateway/playground/public
COPY --from=build /app/sample/story sample/story
COPY --from=build /app/import/mappings import/mappings
RUN mkdir data keys && chown node:node data keys
USER node
VOLUME /app/data
CMD ["node", "dist/start/embedded.js"]
