// Test scores on schooling and score of the mother, with an interaction.
data {
  int N;
  vector[N] kid_score;
  vector[N] mom_iq;
  vector[N] mom_hs;
}
transformed data {
  matrix[N, 4] x = append_col(append_col(rep_vector(1, N), mom_hs),
                              append_col(mom_iq, mom_hs .* mom_iq));
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal_id_glm(x, 0, beta, sigma);
}
