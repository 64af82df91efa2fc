-- The gateway's own database, beside that of the campaigns.
CREATE DATABASE evolution OWNER campaigns;
