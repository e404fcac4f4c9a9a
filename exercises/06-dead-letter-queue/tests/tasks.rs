exam::as_given!("06-dead-letter-queue");
exam::finished!("06-dead-letter-queue");
