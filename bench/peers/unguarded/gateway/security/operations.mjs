/** Operations are neither measured nor priced. */
export const limitOperations = (_request, _response, next) => next();
export const explainSize = () => null;
export const explainVariables = () => null;
export class Tariffs {
  costOf() {
    return 0;
  }
}
