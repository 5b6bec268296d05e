// Radon in houses, with an intercept for each county drawn directly.
data {
  int J;
  int N;
  array[N] int county_idx;
  vector[N] log_uppm;
  vector[N] floor_measure;
  vector[N] log_radon;
}
transformed data {
  matrix[N, 2] x = append_col(log_uppm, floor_measure);
}
parameters {
  vector[J] alpha;
  vector[2] beta;
  real mu_alpha;
  real<lower=0> sigma_alpha;
  real<lower=0> sigma_y;
}
model {
  sigma_alpha ~ std_normal();
  sigma_y ~ std_normal();
  mu_alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  alpha ~ normal(mu_alpha, sigma_alpha);
  log_radon ~ normal_id_glm(x, alpha[county_idx], beta, sigma_y);
}
