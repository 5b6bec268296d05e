// An autoregression of order K.
data {
  int K;
  int T;
  vector[T] y;
}
transformed data {
  matrix[T - K, K] x;
  for (k in 1 : K) x[, k] = y[K + 1 - k : T - k];
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  y[K + 1 : T] ~ normal_id_glm(x, alpha, beta, sigma);
}
