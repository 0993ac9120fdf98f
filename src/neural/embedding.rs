//! Static vectors: a text is the mean of its word pieces' vectors. No context, no transformer, and
//! therefore microseconds a passage.

use safetensors::tensor::{Dtype, SafeTensors};

use super::{ModelError, Piece};

/// Length of every vector.
pub const DIMENSIONS: usize = 256;

/// A unit vector in 8 bits: component `i` is `values[i] × scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// Quantised components, −127 to 127.
    pub values: [i8; DIMENSIONS],
    /// Factor that restores the components; 0 for a text without known pieces.
    pub scale: f32,
}

impl Vector {
    /// Cosine of the angle between the two texts' vectors, −1 to 1 within quantisation error
    /// (≤ 0.01); 0 if either text had no known piece.
    pub fn cosine(&self, other: &Vector) -> f32 {
        let dot: i32 = self
            .values
            .iter()
            .zip(&other.values)
            .map(|(a, b)| i32::from(*a) * i32::from(*b))
            .sum();
        dot as f32 * self.scale * other.scale
    }

    fn quantise(mean: &[f32; DIMENSIONS]) -> Vector {
        let norm = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
        let largest = mean.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let mut values = [0; DIMENSIONS];
        if norm <= f32::EPSILON || largest <= 0.0 {
            return Vector { values, scale: 0.0 };
        }
        let factor = 127.0 / largest;
        for (value, x) in values.iter_mut().zip(mean) {
            *value = (x * factor).round() as i8;
        }
        Vector {
            values,
            scale: largest / 127.0 / norm,
        }
    }
}

/// The table of word-piece vectors.
#[derive(Debug)]
pub struct StaticEmbedding {
    rows: Vec<i8>,
    scales: Vec<f32>,
}

impl StaticEmbedding {
    /// Reads the tensors `embedding` (int8, pieces × 256) and `scale` (f32, pieces).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] if a tensor is missing or has another type or shape.
    pub fn parse(bytes: &[u8]) -> Result<StaticEmbedding, ModelError> {
        let invalid = |reason: String| ModelError::Invalid {
            what: "static vector",
            reason,
        };
        let file = SafeTensors::deserialize(bytes).map_err(|e| invalid(e.to_string()))?;
        let tensor = |name: &str| file.tensor(name).map_err(|e| invalid(e.to_string()));
        let (embedding, scale) = (tensor("embedding")?, tensor("scale")?);
        let n_pieces = match (embedding.dtype(), embedding.shape()) {
            (Dtype::I8, [n, DIMENSIONS]) => *n,
            (dtype, shape) => return Err(invalid(format!("`embedding` is {dtype:?} {shape:?}"))),
        };
        if scale.dtype() != Dtype::F32 || scale.shape() != [n_pieces] {
            return Err(invalid(format!("`scale` is {:?}", scale.shape())));
        }
        let scales = scale
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        let rows = embedding.data().iter().map(|b| b.cast_signed()).collect();
        Ok(StaticEmbedding { rows, scales })
    }

    /// The unit vector of a text: the mean over its pieces, leaving out those without a vector.
    pub fn embed(&self, pieces: &[Piece]) -> Vector {
        let mut sum = [0f32; DIMENSIONS];
        for piece in pieces {
            let row = piece.id as usize;
            let scale = self.scales.get(row).copied().unwrap_or(0.0);
            let values = self.rows.as_chunks::<DIMENSIONS>().0.get(row);
            if let Some(values) = values.filter(|_| scale != 0.0) {
                for (total, value) in sum.iter_mut().zip(values) {
                    *total += f32::from(*value) * scale;
                }
            }
        }
        // Normalising makes the division by the number of pieces unnecessary.
        Vector::quantise(&sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantised_vectors_are_unit_vectors() {
        let mut mean = [0.0; DIMENSIONS];
        for (i, x) in mean.iter_mut().enumerate() {
            *x = ((i * 37) % 101) as f32 / 50.0 - 1.0;
        }
        let vector = Vector::quantise(&mean);
        assert!((vector.cosine(&vector) - 1.0).abs() < 0.01);
        let opposite = Vector::quantise(&mean.map(|x| -x));
        assert!((vector.cosine(&opposite) + 1.0).abs() < 0.01);
    }

    #[test]
    fn a_text_without_pieces_is_like_nothing() {
        let nothing = Vector::quantise(&[0.0; DIMENSIONS]);
        assert_eq!(nothing.cosine(&nothing), 0.0);
    }

    #[test]
    fn a_file_that_is_no_vector_table_is_refused() {
        for bytes in [&b""[..], b"not a tensor file", &[0xff; 64]] {
            assert!(StaticEmbedding::parse(bytes).is_err());
        }
    }
}
